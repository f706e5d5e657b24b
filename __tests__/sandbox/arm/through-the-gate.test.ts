import { ContainerServiceClient } from '@azure/arm-containerservice'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import { ClientAssertionCredential } from '@azure/identity'
import { fetch, ProxyAgent } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { onboardingOf } from '../../../sandbox/worlds/access.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'

let sandbox: Sandbox
let gate: ProxyAgent
beforeAll(async () => {
  sandbox = await startSandbox(worlds['first-light']!())
  const { keyring, environment } = sandbox
  gate = new ProxyAgent({ uri: environment.HTTPS_PROXY!, requestTls: { ca: keyring.rootCertificate } })
})
afterAll(async () => {
  await gate.close()
  await sandbox.stop()
})

/** The SDK's own proxy support takes a CA from NODE_EXTRA_CA_CERTS only, which a running process cannot set. */
const throughGate: HttpClient = {
  sendRequest: async request => {
    const { url, method } = request
    const body = (request.body as string | undefined) ?? null
    const answer = await fetch(url, { method, body, headers: request.headers.toJSON(), dispatcher: gate })
    const headers = createHttpHeaders(Object.fromEntries(answer.headers))
    return { request, status: answer.status, headers, bodyAsText: await answer.text() }
  },
}

test('the Azure SDK signs in with a GitHub token and reads the hub, over TLS and through the proxy', async () => {
  const { world, environment } = sandbox
  const idToken = async () => {
    const url = `${environment.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=api://AzureADTokenExchange`
    const headers = { authorization: `Bearer ${environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` }
    const answer = await fetch(url, { headers, dispatcher: gate })
    return ((await answer.json()) as { value: string }).value
  }
  const options = { httpClient: throughGate }
  const credential = new ClientAssertionCredential(world.tenantId, onboardingOf(world).clientId, idToken, options)
  const { managedClusters } = new ContainerServiceClient(credential, world.subscriptions[0]!.id, options)

  const hub = await managedClusters.get('argocd-rg', 'argocd-aks')
  expect(hub).toMatchObject({
    name: 'argocd-aks',
    provisioningState: 'Succeeded',
    oidcIssuerProfile: { enabled: false },
  })
  expect(sandbox.requests.filter(({ host }) => host === 'management.azure.com')).toMatchObject([
    { method: 'GET', status: 200, caller: 'onboarding', write: false },
  ])
})
