import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { authorizationConfiguration } from '../azure-rbac/webhook.ts'
import type { Keyring } from '../keyring.ts'
import { apiAudience } from '../kubernetes/authentication.ts'
import { hostsOf } from '../sites.ts'
import type { AksCluster } from '../world.ts'
import type { Administrator } from './administrator.ts'
import { type Program, startProgram } from './program.ts'
import type { WebhookUrls } from './webhooks.ts'

/** Where a kube-apiserver listens, and whom it asks. */
export interface Surroundings {
  port: number
  etcd: { port: number; prefix: string }
  webhooks: WebhookUrls
}

/** Starts the API server of a cluster: its certificate, service account issuer and keys are those that ARM reports. */
export function startKubeApiserver(
  assets: string,
  cluster: AksCluster,
  keyring: Keyring,
  { port, etcd, webhooks }: Surroundings,
): Promise<Program> {
  return startProgram(join(assets, 'kube-apiserver'), async file => {
    const hosts = hostsOf(cluster)
    const serving = await keyring.serverCertificate(cluster.authority.served, hosts)
    const issuer = await keyring.signingKey(cluster.issuerUrl)
    const authorizer = await file('authorization.kubeconfig', webhookConfig(webhooks.authorization))
    return [
      `--etcd-servers=http://127.0.0.1:${etcd.port}`,
      `--etcd-prefix=${etcd.prefix}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--external-hostname=${hosts[0]}`,
      // Else it looks for the machine's own address, and does not start where there is none.
      '--advertise-address=10.224.0.4',
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${await file('serving.crt', serving.certificate)}`,
      `--tls-private-key-file=${await file('serving.key', serving.privateKey)}`,
      `--service-account-issuer=${cluster.issuerUrl}`,
      `--service-account-jwks-uri=${cluster.issuerUrl}openid/v1/jwks`,
      `--service-account-signing-key-file=${await file('issuer.key', issuer.privateKey)}`,
      `--service-account-key-file=${await file('issuer.pub', issuer.publicKey)}`,
      `--api-audiences=${apiAudience}`,
      `--authentication-token-webhook-config-file=${await file('authentication.kubeconfig', webhookConfig(webhooks.authentication))}`,
      '--authentication-token-webhook-version=v1',
      '--authentication-token-webhook-cache-ttl=1s',
      `--authorization-config=${await file('authorization.yaml', authorizationConfiguration(cluster, authorizer))}`,
      // It refuses pods until a controller, which is not here, has made the namespace's default account.
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--profiling=false',
    ]
  })
}

/** Waits until an API server takes writes; its own roles it is still making then. Rejects where a program that this takes has failed. */
export const takesWrites = (administrator: Administrator, failure: Promise<never>): Promise<void> =>
  passes('/readyz?exclude=poststarthook/rbac/bootstrap-roles', administrator, failure)

/** Waits until an API server has everything that it makes itself. */
export const isComplete = (administrator: Administrator, failure: Promise<never>): Promise<void> =>
  passes('/readyz', administrator, failure)

async function passes(check: string, administrator: Administrator, failure: Promise<never>): Promise<void> {
  const deadline = Date.now() + 60_000
  const ask = () => administrator.ask('GET', check).catch((error: Error) => ({ status: 0, body: error.message }))
  for (;;) {
    const { status, body } = await Promise.race([ask(), failure])
    if (status === 200) return
    if (Date.now() > deadline) throw new Error(`kube-apiserver is not ready after a minute: ${JSON.stringify(body)}`)
    await pause(25)
  }
}

/** How a kube-apiserver reads where a webhook is. */
const webhookConfig = (server: string): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server } }],
    users: [{ name: 'kube-apiserver', user: {} }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'kube-apiserver' } }],
    'current-context': 'sandbox',
  })
