import { ContainerServiceClient } from '@azure/arm-containerservice'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import { zipSync } from 'fflate'
import { fetch, ProxyAgent } from 'undici'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'
import { clusterOf } from '../../sandbox/worlds/builder.ts'

export const hub = 'argocd-rg/argocd-aks'
export const target = 'dev-rg/devworkloadaks1'
export const keyring = await createKeyring()

export let sandbox: Sandbox
export let world: World
let gate: ProxyAgent

/** Each group of tests has one sandbox, since a real control plane takes its time to start; what a test changes, it puts back. */
export const within = (create: () => World | Promise<World>) => {
  beforeAll(async () => {
    world = await create()
    sandbox = await startSandbox(world, { keyring })
    const { HTTPS_PROXY = '' } = sandbox.environment
    gate = new ProxyAgent({ uri: HTTPS_PROXY, requestTls: { ca: keyring.rootCertificate } })
  })
  afterAll(async () => {
    await gate.close()
    await sandbox.stop()
  })
  afterEach(() => {
    sandbox.requests.length = 0
    world.delays.runCommand = 1
    delete clusterOf(world, hub).runCommand
    delete clusterOf(world, hub).closedToPods
  })
}

/** A token of the workflow, or of somebody else. */
export function tokenFor(audience: string, claims: object = {}): Promise<string> {
  const { objectId, clientId, groups } = onboardingOf(sandbox.world)
  const iss = `https://sts.windows.net/${sandbox.world.tenantId}/`
  return keyring.sign(iss, { iss, aud: audience, oid: objectId, appid: clientId, groups, exp: 4e9, ...claims }, 'test')
}

/** The same, for the clusters. */
export const clusterToken = (claims: object = {}) => tokenFor('6dae42f8-4368-4678-94ff-3960e28e3630', claims)

const throughGate: HttpClient = {
  sendRequest: async request => {
    const { url, method, abortSignal } = request
    const body = (request.body as string | undefined) ?? null
    const signal = (abortSignal as AbortSignal | undefined) ?? null
    const answer = await fetch(url, { method, body, headers: request.headers.toJSON(), dispatcher: gate, signal })
    const headers = createHttpHeaders(Object.fromEntries(answer.headers))
    return { request, status: answer.status, headers, bodyAsText: await answer.text() }
  },
}

interface Sent {
  token?: string
  files?: Record<string, string>
  context?: string
  on?: string
}

/** Files as run-command takes them. */
export const contextOf = (files: Record<string, string>): string =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]))),
  ).toString('base64')

/** Runs a command as the Azure SDK does. */
export async function run(command: string, { token, files, context, on = hub }: Sent = {}, abortSignal?: AbortSignal) {
  const arm = await tokenFor('https://management.azure.com')
  const credential = { getToken: async () => ({ token: arm, expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const options = { httpClient: throughGate, retryOptions: { maxRetries: 0 } }
  const { managedClusters } = new ContainerServiceClient(credential, sandbox.world.subscriptions[0]!.id, options)
  const [resourceGroup = '', name = ''] = on.split('/')
  return managedClusters.runCommand(
    resourceGroup,
    name,
    {
      command,
      context: context ?? (files ? contextOf(files) : ''),
      clusterToken: token ?? (await clusterToken()),
    },
    { updateIntervalInMs: 1, ...(abortSignal && { abortSignal }) },
  )
}
