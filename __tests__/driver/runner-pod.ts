import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { cloudOf } from '../../sandbox/clouds.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'

/**
 * The variables of a runner that is a pod under a service account (`namespace/name`) of a cluster, as AKS's webhook sets them, and the file with
 * the pod's token: https://azure.github.io/azure-workload-identity/docs/quick-start.html
 */
export async function runnerPod(
  { world, keyring, administer }: Sandbox,
  cluster: string,
  serviceAccount: string,
): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-pod-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const [namespace, name] = serviceAccount.split('/')
  const { authorities, exchangeAudience } = cloudOf(world)
  const { body } = await administer(cluster, 'POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [exchangeAudience], expirationSeconds: 3600 },
  })
  const { token } = (body as { status: { token: string } }).status
  const file = join(folder, 'azure-identity-token')
  await writeFile(file, keyring.register(token, "token of the runner's pod"))
  return {
    AZURE_CLIENT_ID: onboardingOf(world).clientId,
    AZURE_TENANT_ID: world.tenantId,
    AZURE_FEDERATED_TOKEN_FILE: file,
    AZURE_AUTHORITY_HOST: `https://${authorities[0]}/`,
  }
}
