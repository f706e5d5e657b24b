import { gzipSync } from 'node:zlib'
import type { KubernetesObject } from '../world.ts'

/** A release: what a chart is called where it is installed. */
export interface Release {
  name: string
  namespace: string
}

/** What Helm writes on every object of a release: https://helm.sh/docs/chart_best_practices/labels/ has the rest, which is from the chart. */
export const releaseAnnotations = ({ name, namespace }: Release): Record<string, string> => ({
  'meta.helm.sh/release-name': name,
  'meta.helm.sh/release-namespace': namespace,
})

/** Helm's own record of what it installed: https://helm.sh/docs/topics/advanced/#storage-backends */
export function releaseRecord({ name, namespace }: Release, chart: object): KubernetesObject {
  const record = { name, namespace, version: 1, info: { status: 'deployed' }, chart: { metadata: chart } }
  const packed = gzipSync(JSON.stringify(record)).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.${name}.v1`,
      namespace,
      labels: { name, owner: 'helm', status: 'deployed', version: '1' },
    },
    type: 'helm.sh/release.v1',
    data: { release: Buffer.from(packed).toString('base64') },
  }
}
