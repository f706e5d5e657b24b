import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { answerReview } from '../azure-rbac/webhook.ts'
import type { SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { authenticate } from '../kubernetes/authentication.ts'
import { Refusal } from '../kubernetes/status.ts'
import type { AksCluster, World } from '../world.ts'

/** Where the kube-apiserver of a cluster asks who somebody is, and what they may do. */
export interface WebhookUrls {
  authentication: string
  authorization: string
}

/** What AKS runs beside its API servers: authentication by Entra, and authorization by Azure RBAC. */
export interface Webhooks {
  urlsFor(cluster: AksCluster): WebhookUrls
  stop(): Promise<void>
}

/** Starts the webhooks of all clusters of a world; the clusters are told apart by their ids, which are the paths. */
export async function startWebhooks(world: World, keyring: Keyring): Promise<Webhooks> {
  const answer = async (url: string, body: string): Promise<SandboxResponse> => {
    const [, question, id = ''] = /^\/(\w+)(\/[^?]*)/.exec(url) ?? []
    const cluster = world.clusters[id]
    if (!cluster) return { status: 404 }
    return question === 'authentication'
      ? reviewToken(body, cluster, world, keyring)
      : answerReview(body, cluster, world)
  }
  const server = createServer(async (incoming, outgoing) => {
    const { status, headers, body } = await answer(incoming.url!, await text(incoming)).catch(failed)
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers })
    outgoing.end(typeof body === 'object' ? JSON.stringify(body) : body)
  })
  // Longer than a kube-apiserver keeps an idle connection, so that none closes just as it is taken up again.
  server.keepAliveTimeout = 120_000
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const urlFor = (question: keyof WebhookUrls, { arm }: AksCluster) =>
    `http://127.0.0.1:${port}/${question}${arm.id.toLowerCase()}`
  return {
    urlsFor: cluster => ({
      authentication: urlFor('authentication', cluster),
      authorization: urlFor('authorization', cluster),
    }),
    stop: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

interface TokenReview {
  apiVersion: string
  kind: string
  spec: { token: string }
}

/**
 * Says whose token it is, as the embedded API server would. Not of service accounts' tokens: those the API server
 * knows itself, and the world holds no service accounts whose API server is a real one.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication
 */
async function reviewToken(
  body: string,
  cluster: AksCluster,
  world: World,
  keyring: Keyring,
): Promise<SandboxResponse> {
  const { apiVersion, kind, spec } = JSON.parse(body) as TokenReview
  const status = await authenticate(
    { headers: { authorization: `Bearer ${spec.token}` } },
    cluster,
    world,
    keyring,
  ).then(
    ({ name, ...user }) => ({ authenticated: true, user: { username: name, ...user } }),
    refusal => {
      if (refusal instanceof Refusal) return { authenticated: false }
      throw refusal
    },
  )
  return { status: 200, body: { apiVersion, kind, status } }
}

const failed = (error: Error): SandboxResponse => {
  process.stderr.write(`A webhook of the sandbox failed\n${error.stack}\n`)
  return { status: 500, body: error.message }
}
