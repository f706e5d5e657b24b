import { KubeConfig } from '@kubernetes/client-node'
import { type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici'
import { loginOf } from '../argocd/cluster-login.ts'
import { registeredCluster, SECRET_TYPE } from '../argocd/cluster-secret.ts'
import { differences, takingAway } from '../diff.ts'
import { Conflict } from '../failure.ts'
import { MANAGED_BY } from '../mark.ts'
import { sideBySide } from '../side-by-side.ts'
import { clusterOver, distinct } from './api.ts'
import { type Cluster, FIELD_MANAGER, Secret } from './cluster.ts'
import { KubernetesError, UnreachableError } from './errors.ts'
import { asApplied, otherOwners } from './ownership.ts'

/** Where an API server is and who vouches for it. */
export interface Endpoint {
  /** URL with its port, as AKS prints it. */
  server: string
  /** PEM certificates, base64, as in a kubeconfig. */
  certificateAuthority: string
}

/** Server and certificate authority of a kubeconfig's current cluster. */
export function endpointOf(kubeconfig: string): Endpoint {
  const config = new KubeConfig()
  config.loadFromString(kubeconfig)
  const cluster = config.getCurrentCluster()
  if (!cluster?.server || !cluster.caData)
    throw new Error('the kubeconfig names no server with a certificate authority')
  return { server: cluster.server, certificateAuthority: cluster.caData }
}

const seconds = (n: number) => n * 1000
/** How many Secrets are looked up by name at a time. */
const LOOK_UPS = 10

/**
 * Speaks to an API server over the network, through HTTPS_PROXY unless NO_PROXY names it, and trusts only the cluster's own CA.
 * The requests are few and plain; the generated client would add a discovery request for each API group and ignore the proxy.
 * `token` is asked before every request, so that it may be renewed.
 */
export function connectDirectly(name: string, endpoint: Endpoint, token: () => Promise<string>): Cluster {
  let dispatcher: Dispatcher | undefined

  async function send(method: Dispatcher.HttpMethod, path: string, body?: object, type = 'application/json') {
    const headers = { authorization: `Bearer ${await token()}`, accept: 'application/json', 'content-type': type }
    const url = new URL(path, endpoint.server)
    dispatcher ??= trusting(Buffer.from(endpoint.certificateAuthority, 'base64').toString())
    const answer = await request(url, { method, headers, dispatcher, body: body ? JSON.stringify(body) : null })
      .then(async ({ statusCode, body }) => ({ status: statusCode, text: await body.text() }))
      .catch(error => {
        throw new UnreachableError(name, endpoint.server, error)
      })
    if (answer.status < 300) return JSON.parse(answer.text)
    const message = messageOf(answer.text)
    const error = new KubernetesError(answer.status, message, name, `${method} ${url.pathname}`)
    throw answer.status === 409 ? new Conflict(message, error) : error
  }

  /** The object's version among the fields makes sure that it is still the one that was read. */
  async function replaceMetadata(path: string, fields: Record<string, unknown>): Promise<void> {
    const operations = Object.entries(fields).map(([field, value]) => ({
      op: 'replace',
      path: `/metadata/${field}`,
      value,
    }))
    await send('PATCH', `${path}?fieldManager=${FIELD_MANAGER}`, operations, 'application/json-patch+json')
  }

  const api = clusterOver({
    get: path => send('GET', path),
    create: (path, body) => send('POST', path, body),
    delete: (path, body) => send('DELETE', path, body),
    async apply(path, object, live, force) {
      const managedFields = live && asApplied(live)
      if (managedFields) await replaceMetadata(path, { managedFields, resourceVersion: live.metadata.resourceVersion })
      const query = new URLSearchParams({ fieldManager: FIELD_MANAGER })
      // An apply takes back only what nobody else owns as well; what it says may be read as the end of the matter, so it comes last.
      if (
        live &&
        differences(object, live).some(({ field, to }) => to === undefined && otherOwners(live, field).length > 0)
      )
        await send('PATCH', `${path}?${query}`, takingAway(object, live), 'application/merge-patch+json')
      query.set('force', String(force))
      await send('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml')
    },
  })

  return {
    name,
    commands: undefined,
    ...api,
    async clusterSecrets(namespace, { namesBeside }) {
      const { secrets } = await api.read({ secrets: { kind: Secret, namespace, labels: SECRET_TYPE } })
      const names = namesBeside(secrets)
      if (names.length === 0) return secrets
      const [{ ours }, ofThoseNames] = await Promise.all([
        api.read({ ours: { kind: Secret, namespace, labels: MANAGED_BY } }),
        sideBySide(names, LOOK_UPS, name => api.read({ secret: { kind: Secret, namespace, name } })),
      ])
      return distinct([...secrets, ...ours, ...ofThoseNames.flatMap(({ secret }) => secret)])
    },
    async clusterLogins(namespace, clientId) {
      const { secrets } = await api.read({ secrets: { kind: Secret, namespace, labels: SECRET_TYPE } })
      return secrets.flatMap(secret => loginOf(secret.metadata.name, registeredCluster(secret).config, clientId) ?? [])
    },
    async serviceAccountToken(namespace, account, audience, expirationSeconds) {
      const apiVersion = 'authentication.k8s.io/v1'
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
      const spec = { audiences: [audience], expirationSeconds }
      return (await send('POST', path, { apiVersion, kind: 'TokenRequest', spec })).status.token
    },
    async close() {
      const open = dispatcher
      dispatcher = undefined
      await open?.close()
    },
  }
}

/** Every request that the action sends may be repeated: reads, reviews, tokens, applies, and deletes by uid. */
const trusting = (ca: string): Dispatcher =>
  new EnvHttpProxyAgent({
    connect: { ca, timeout: seconds(15) },
    requestTls: { ca },
    headersTimeout: seconds(60),
    bodyTimeout: seconds(60),
    keepAliveTimeout: seconds(10),
  }).compose(interceptors.retry({ maxRetries: 3, methods: ['GET', 'POST', 'PATCH', 'DELETE'], throwOnError: false }))

/** A Status says what is wrong; what is no Status, from a proxy say, is shown as it came. */
function messageOf(text: string): string {
  try {
    return JSON.parse(text).message ?? text
  } catch {
    return text
  }
}
