import { type KubernetesObject, type KubernetesState, now, uuid, type World } from '../world.ts'
import { aggregateRules } from './aggregation.ts'
import learned from './learned/bootstrap-roles.json' with { type: 'json' }
import type { Role } from './rbac.ts'
import { store } from './storage.ts'
import { timestamp } from './timestamp.ts'

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
  const time = timestamp(now(world))
  const objects = [...namespaces, ...aggregated(learned as unknown as KubernetesObject[])].map(object => ({
    ...object,
    metadata: { ...object.metadata, uid: uuid(world), creationTimestamp: time },
  }))
  perWorld.set(world, objects)
  return objects
}

const namespaces: KubernetesObject[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map(name => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
}))

function aggregated(objects: KubernetesObject[]): KubernetesObject[] {
  const roles = objects.map(object =>
    object.kind === 'ClusterRole' ? { ...object, rules: object.rules ?? null } : object,
  )
  const changed = aggregateRules(roles.filter(object => object.kind === 'ClusterRole') as Role[])
  if (changed.length === 0) return roles
  return aggregated(
    roles.map(
      object =>
        changed.find(role => role.metadata.name === object.metadata.name && object.kind === 'ClusterRole') ?? object,
    ),
  )
}
