import { threeWayMerge } from '../../../sandbox/kubernetes/three-way-merge.ts'
import type { KubernetesObject } from '../../../sandbox/world.ts'
import type { Api } from './api.ts'

/**
 * `helm upgrade` as Helm 3 does it: a patch between the last release's manifest, the new one and the live object, in which what the chart
 * says wins and what it never said stays (https://github.com/helm/helm/blob/v3.18.0/pkg/kube/client.go, createPatch).
 */
export async function upgradeWithHelm3(api: Api, before: KubernetesObject[], now: KubernetesObject[]): Promise<void> {
  for (const [index, object] of now.entries()) {
    await api.replace(threeWayMerge(before[index]!, object, await api.read(object)))
  }
}

/**
 * As Helm 4 does it: server-side apply, which is its default for new releases, and not forced without `--force-conflicts`
 * (https://helm.sh/docs/overview/, "Server Side Apply"). It collects what collides, and the upgrade fails.
 */
export async function upgradeWithHelm4(api: Api, now: KubernetesObject[]): Promise<string> {
  const conflicts: string[] = []
  for (const object of now) {
    const { conflict } = await api.apply(object, { force: false })
    if (conflict !== undefined) conflicts.push(conflict)
  }
  return conflicts.join('\n')
}
