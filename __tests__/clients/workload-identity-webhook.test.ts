import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubeconfigOf } from '../../sandbox/kubeconfig.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { type Desk, sitDown } from './desk.ts'

let sandbox: Sandbox
let desk: Desk
let webhook: ChildProcess
beforeAll(async () => {
  sandbox = await startSandbox(worlds['first-light']!())
  desk = await sitDown(sandbox, { KUBECONFIG: 'kubeconfig', AZURE_TENANT_ID: sandbox.world.tenantId })
  await desk.write('kubeconfig', await kubeconfigOf(sandbox))
  const caBundle = await startWebhook()
  await desk.write('webhook.yaml', configuration(await addressOf(webhook), caBundle))
  await desk.run('kubectl apply --filename webhook.yaml')
})
afterAll(async () => {
  webhook.kill()
  await desk.leave()
  await sandbox.stop()
})

test('puts the token of its service account into a pod that asks for it, and into no other', async () => {
  await desk.write('account.yaml', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'workload', annotations: { 'azure.workload.identity/client-id': 'some-client' } },
  })
  await desk.run('kubectl apply --filename account.yaml')
  await desk.write('asking.yaml', pod('asking', { 'azure.workload.identity/use': 'true' }))
  await desk.write('silent.yaml', pod('silent', {}))
  await desk.run('kubectl apply --filename asking.yaml --filename silent.yaml')

  const { volumes, containers } = await specOf('asking')
  const token = { audience: 'api://AzureADTokenExchange', expirationSeconds: 3600, path: 'token/azure-identity-token' }
  const name = expect.stringMatching(/^azure-workload-identity-reserved-/)
  expect(volumes).toMatchObject([{ name, projected: { sources: [{ serviceAccountToken: token }] } }])
  expect(containers).toMatchObject([
    {
      volumeMounts: [{ name, mountPath: '/var/run/secrets/azure/wi', readOnly: true }],
      env: [
        { name: 'AZURE_CLIENT_ID', value: 'some-client' },
        { name: 'AZURE_TENANT_ID', value: sandbox.world.tenantId },
        { name: 'AZURE_FEDERATED_TOKEN_FILE', value: '/var/run/secrets/azure/wi/token/azure-identity-token' },
        { name: 'AZURE_AUTHORITY_HOST', value: 'https://login.microsoftonline.com/' },
      ],
    },
  ])
  expect(await specOf('silent')).not.toHaveProperty('volumes')
})

const specOf = async (pod: string) => JSON.parse(await desk.run(`kubectl get pod ${pod} --output json`)).spec

/** Starts the webhook with a certificate of the sandbox, and returns the authority to trust, in base 64. */
async function startWebhook(): Promise<string> {
  const { certificate, privateKey } = await sandbox.keyring.hostCertificate('localhost')
  await desk.write('tls.crt', certificate)
  await desk.write('tls.key', privateKey)
  webhook = spawn('workload-identity-webhook', {
    cwd: desk.home,
    env: desk.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return Buffer.from(sandbox.keyring.rootCertificate).toString('base64')
}

/** Its address, which it prints, by the name that its certificate holds. */
async function addressOf({ stdout }: ChildProcess): Promise<string> {
  const [address] = await once(createInterface({ input: stdout! }), 'line')
  return address.replace('127.0.0.1', 'localhost')
}

const configuration = (url: string, caBundle: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'azure-wi-webhook-mutating-webhook-configuration' },
  webhooks: [
    {
      name: 'mutation.azure-workload-identity.io',
      admissionReviewVersions: ['v1', 'v1beta1'],
      clientConfig: { url, caBundle },
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      objectSelector: { matchLabels: { 'azure.workload.identity/use': 'true' } },
      reinvocationPolicy: 'IfNeeded',
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      sideEffects: 'None',
    },
  ],
})

const pod = (name: string, labels: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { serviceAccountName: 'workload', containers: [{ name: 'main', image: 'main' }] },
})
