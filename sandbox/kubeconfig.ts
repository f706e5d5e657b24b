import { stringify } from 'yaml'
import { administratorToken } from './administrator.ts'
import type { Sandbox } from './sandbox.ts'
import { hostsOf } from './sites.ts'
import type { AksCluster } from './world.ts'

/** A kubeconfig with a context for each of some clusters, named like the cluster, as its administrator and through the sandbox's gate. */
export async function kubeconfigOf(
  { world, keyring, environment }: Sandbox,
  of: AksCluster[] = Object.values(world.clusters),
): Promise<string> {
  const clusters = await Promise.all(
    of.map(async cluster => {
      const { certificate } = await keyring.authority(cluster.authority.served)
      return {
        name: cluster.arm.name,
        cluster: {
          server: `https://${hostsOf(cluster)[0]}`,
          'certificate-authority-data': Buffer.from(certificate).toString('base64'),
          'proxy-url': environment.HTTPS_PROXY,
        },
      }
    }),
  )
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': clusters[0]?.name ?? '',
    clusters,
    contexts: clusters.map(({ name }) => ({ name, context: { cluster: name, user: 'administrator' } })),
    users: [{ name: 'administrator', user: { token: await administratorToken(keyring) } }],
  })
}
