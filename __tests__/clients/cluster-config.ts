import { cloudOf } from '../../sandbox/clouds.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { KubernetesObject } from '../../sandbox/world.ts'

/** What Argo CD reads in a cluster Secret. */
export interface ClusterConfig {
  execProviderConfig: { command: string; args: string[]; env: Record<string, string>; apiVersion: string }
  tlsClientConfig: { caData: string }
}

/** The server and the settings of the one target that is registered. */
export function readSecret(objects: KubernetesObject[]): { server: string; config: ClusterConfig } {
  const label = 'argocd.argoproj.io/secret-type'
  const secret = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.labels?.[label] === 'cluster')
  const { server = '', config = '' } = (secret?.data ?? {}) as Record<string, string>
  return { server: decoded(server), config: JSON.parse(decoded(config)) }
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString()

/** What Argo CD makes of a cluster Secret: the settings of a client that runs the plugin itself. */
export const kubeconfigOf = (server: string, { execProviderConfig, tlsClientConfig }: ClusterConfig) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'target',
  contexts: [{ name: 'target', context: { cluster: 'target', user: 'argo-cd' } }],
  clusters: [{ name: 'target', cluster: { server, 'certificate-authority-data': tlsClientConfig.caData } }],
  users: [
    {
      name: 'argo-cd',
      user: {
        exec: {
          ...execProviderConfig,
          env: Object.entries(execProviderConfig.env).map(([name, value]) => ({ name, value })),
          interactiveMode: 'Never',
        },
      },
    },
  ],
})

/** The token that the projected volume holds in the pods of one of Argo CD's service accounts. */
export async function tokenOf({ world, administer }: Sandbox, hub: string, account: string): Promise<string> {
  const spec = { audiences: [cloudOf(world).exchangeAudience], expirationSeconds: 3600 }
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
  const path = `/api/v1/namespaces/argocd/serviceaccounts/${account}/token`
  const { body } = await administer(hub, 'POST', path, request)
  return (body as { status: { token: string } }).status.token
}
