import { type KubernetesObject, type KubernetesState, uuid, type World } from '../world.ts'
import { aggregateRules } from './aggregation.ts'
import learned from './learned/bootstrap-roles.json' with { type: 'json' }
import type { Role } from './rbac.ts'
import { update } from './server-side-apply/apply.ts'
import { withManagedFields } from './server-side-apply/managed-fields.ts'
import { store } from './storage.ts'
import { currentTime } from './timestamp.ts'

/**
 * Gives a cluster what each has from birth: the default roles and bindings, aggregated as the controller does it, and
 * the four namespaces. Clusters of one world share these objects.
 */
export function bootstrap(state: KubernetesState, world: World): void {
  for (const object of born(world)) store(state, object)
}

const perWorld = new WeakMap<World, KubernetesObject[]>()

function born(world: World): KubernetesObject[] {
  const known = perWorld.get(world)
  if (known) return known
  const time = currentTime(world)
  const made = [...namespaces, ...(learned as unknown as KubernetesObject[])].map(object => {
    const owned = withManagedFields(
      object,
      update(undefined, object, new Map(), writeBy('kube-apiserver', object, time)),
    )
    return { ...owned, metadata: { ...owned.metadata, uid: uuid(world), creationTimestamp: time } }
  })
  const objects = aggregated(made, time)
  perWorld.set(world, objects)
  return objects
}

const writeBy = (manager: string, { apiVersion, kind }: KubernetesObject, time: string) => ({
  ...{ owner: { manager, operation: 'Update' as const, apiVersion }, time },
  ignored: kind === 'Namespace' ? ['spec', 'status'] : [],
})

const namespaces: KubernetesObject[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map(name => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
}))

/** The objects with the rules of aggregated roles; repeated, since `admin` gathers `edit`, which gathers `view`. */
function aggregated(objects: KubernetesObject[], time: string): KubernetesObject[] {
  const changed = aggregateRules(objects.filter(isClusterRole) as Role[], time)
  if (changed.length === 0) return objects
  const byName = new Map(changed.map(role => [role.metadata.name, role]))
  const next = objects.map(object => (isClusterRole(object) ? (byName.get(object.metadata.name) ?? object) : object))
  return aggregated(next, time)
}

const isClusterRole = ({ kind }: KubernetesObject): boolean => kind === 'ClusterRole'
