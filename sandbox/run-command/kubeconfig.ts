import type { Keyring } from '../keyring.ts'
import { hostsOf } from '../sites.ts'
import type { AksCluster } from '../world.ts'

/** The kubeconfig that a command finds in its pod, written in the JSON that is YAML too: its own cluster, as whoever the token says. */
export async function kubeconfigOfCaller(cluster: AksCluster, token: string, keyring: Keyring): Promise<string> {
  const { certificate } = await keyring.authority(cluster.authority.reported)
  const { name } = cluster.arm
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: `https://${hostsOf(cluster)[0]}:443`,
          'certificate-authority-data': Buffer.from(certificate).toString('base64'),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: 'caller' } }],
    users: [{ name: 'caller', user: { token } }],
  })
}
