import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { kubeconfigOf } from './kubeconfig.ts'
import type { Sandbox } from './sandbox.ts'
import { hostsOf } from './sites.ts'

/**
 * Writes down what a sandbox's clusters have come to, for programs that know nothing of the sandbox: `clusters.json` lists them with their
 * addresses and the files of each, which are its authority, its administrator's kubeconfig, its Secrets and all of its objects.
 */
export async function dump(sandbox: Sandbox, folder: string): Promise<void> {
  const clusters = await Promise.all(
    Object.values(sandbox.world.clusters).map(async cluster => {
      const { id, name } = cluster.arm
      const [, , , , resourceGroup = ''] = id.split('/')
      const place = join(resourceGroup, name)
      const { certificate } = await sandbox.keyring.authority(cluster.authority.served)
      const objects = await sandbox.objects(id)
      const files = {
        'certificate-authority': join(place, 'ca.pem'),
        kubeconfig: join(place, 'kubeconfig.yaml'),
        secrets: join(place, 'secrets.yaml'),
        objects: join(place, 'objects.yaml'),
      }
      const contents = {
        'certificate-authority': certificate,
        kubeconfig: await kubeconfigOf(sandbox, [cluster]),
        secrets: listOf(objects.filter(({ kind }) => kind === 'Secret')),
        objects: listOf(objects),
      }
      await mkdir(join(folder, place), { recursive: true })
      for (const [file, content] of Object.entries(contents))
        await writeFile(join(folder, files[file as keyof typeof files]), content, { mode: 0o600 })
      return { id, name, servers: hostsOf(cluster).map(host => `https://${host}:443`), ...files }
    }),
  )
  await writeFile(join(folder, 'clusters.json'), `${JSON.stringify(clusters, null, 2)}\n`)
}

/** As `kubectl get --output yaml` prints several objects. */
const listOf = (items: object[]): string => stringify({ apiVersion: 'v1', kind: 'List', items }, { lineWidth: 0 })
