import { threeWayMerge } from '../../../sandbox/kubernetes/three-way-merge.ts'
import type { KubernetesObject } from '../../../sandbox/world.ts'
import { remembered } from '../../../sandbox/worlds/kubectl.ts'
import type { Api } from './api.ts'
import { clientSideApply } from './kubectl.ts'

/** How an Application is synced, by its `syncOptions`. */
export type SyncOption = 'none' | 'ServerSideApply=true' | 'Replace=true'

/**
 * Argo CD that heals itself. An object is out of sync where it differs from what a three-way merge would make of it: fields that the
 * manifest does not name are no difference (https://github.com/argoproj/gitops-engine/blob/master/pkg/diff/diff.go, ThreeWayDiff and
 * TwoWayDiff). What is out of sync is applied as kubectl would, or replaced (pkg/sync/sync_context.go, applyObject).
 */
export async function selfHeal(api: Api, objects: KubernetesObject[], option: SyncOption): Promise<string[]> {
  const healed: string[] = []
  for (const object of objects) {
    const live = await api.read(object)
    const before = option === 'none' ? remembered(live) : object
    if (option !== 'Replace=true' && isSame(threeWayMerge(before, object, live), live)) continue
    healed.push(object.metadata.name)
    if (option === 'none') await clientSideApply(api, object)
    if (option === 'ServerSideApply=true') await api.apply(object, { force: true })
    if (option === 'Replace=true') await api.replace(replacement(object, live))
  }
  return healed
}

/** `kubectl replace`: all that the manifest does not say is gone. */
const replacement = (object: KubernetesObject, live: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: live.metadata.resourceVersion! },
})

const isSame = (one: KubernetesObject, other: KubernetesObject): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort()
            .map(([key, child]) => [key, sorted(child)]),
        )
      : value
