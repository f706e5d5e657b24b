import { ContainerServiceClient } from '@azure/arm-containerservice'
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import { arm } from '../../../sandbox/arm/arm.ts'
import { onTheWire, type SandboxRequest, type SandboxResponse } from '../../../sandbox/exchange.ts'
import { createKeyring, type Keyring } from '../../../sandbox/keyring.ts'
import { type Exchange, exchanges } from '../../../sandbox/traffic.ts'
import { now, type World } from '../../../sandbox/world.ts'
import { onboardingOf } from '../../../sandbox/worlds/access.ts'

/** Keys take a while to make, and no test here depends on their being fresh. */
export const keyring: Keyring = await createKeyring()

/** A principal's token for ARM, as Entra would issue it. */
export const tokenFor = (world: World, objectId: string, claims: Record<string, unknown> = {}): Promise<string> => {
  const iss = `https://sts.windows.net/${world.tenantId}/`
  const exp = Math.floor(now(world) / 1000) + 3600
  return keyring.sign(
    iss,
    { iss, aud: 'https://management.azure.com', oid: objectId, appid: 'app', exp, ...claims },
    'test',
  )
}

export interface Sent {
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: unknown
}

/** ARM of a world: the Azure SDK's own clients, and single requests, all signed in as the workflow's application. */
export async function azureOf(world: World) {
  const { objectId, clientId } = onboardingOf(world)
  const token = await tokenFor(world, objectId, { appid: clientId })
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }) }
  const subscription = world.subscriptions[0]!.id
  const options = { httpClient: inProcess(world), retryOptions: { maxRetries: 0 } }
  return {
    subscription,
    clusters: new ContainerServiceClient(credential, subscription, options).managedClusters,
    identities: new ManagedServiceIdentityClient(credential, subscription, options).userAssignedIdentities,
    credentials: new ManagedServiceIdentityClient(credential, subscription, options).federatedIdentityCredentials,
    send: (method: string, path: string, sent: Sent = {}) =>
      send(world, method, path, { ...sent, headers: { authorization: `Bearer ${token}`, ...sent.headers } }),
  }
}

/** A single request to ARM; the path is the whole id. */
export const send = (world: World, method: string, path: string, sent: Sent): Promise<SandboxResponse> =>
  ask(world, {
    host: 'management.azure.com',
    method,
    path,
    query: new URLSearchParams(sent.query),
    headers: sent.headers ?? {},
    body: sent.body === undefined ? '' : JSON.stringify(sent.body),
  })

/** Publishes the exchange as the gate does, so that it is held to Azure's specs like all others. */
async function ask(world: World, request: SandboxRequest): Promise<SandboxResponse> {
  const response = await arm(request, world, keyring, runInNoPod)
  exchanges.publish({ request, response, isFault: false } satisfies Exchange)
  return response
}

const runInNoPod = () => Promise.reject(new Error('There are no pods without a sandbox around'))

/** Code of an error in whichever envelope it comes. */
export function codeOf({ body }: SandboxResponse): string | undefined {
  const answer = body as { code?: string; error?: { code: string } } | undefined
  return answer?.error?.code ?? answer?.code
}

/** Gives the requests of an SDK client straight to the handler. */
const inProcess = (world: World): HttpClient => ({
  sendRequest: async request => {
    const { host, pathname, searchParams } = new URL(request.url)
    const response = await ask(world, {
      host,
      method: request.method,
      path: pathname,
      query: searchParams,
      headers: request.headers.toJSON(),
      body: (request.body as string | undefined) ?? '',
    })
    const { status, headers, body } = onTheWire(response)
    return { request, status, headers: createHttpHeaders(headers), bodyAsText: body.toString() }
  },
})
