import type { Json } from '../exchange.ts'
import { type AksCluster, type KubernetesObject, now, uuid, type World } from '../world.ts'
import { react } from './controllers.ts'
import { decode } from './decode.ts'
import { applyDefaults } from './defaults.ts'
import { resourceOf } from './resources.ts'
import { apply, update } from './server-side-apply/apply.ts'
import { ownersOf, withManagedFields, withoutManagedFields } from './server-side-apply/managed-fields.ts'
import { keyOfObject, store } from './storage.ts'
import { strategyOf } from './strategy.ts'
import { timestamp } from './timestamp.ts'
import { validate } from './validation/validate.ts'

export { settle } from './controllers.ts'

/**
 * Writes objects as a client of that name would have done it, over what is there: defaults, managed fields, ids and
 * times are the API server's. Throws where it would have refused them.
 */
export function install(
  cluster: AksCluster,
  world: World,
  objects: KubernetesObject[],
  by: { manager: string; operation: 'Apply' | 'Update' },
): void {
  for (const object of objects) {
    const resource = resourceOf(object)
    if (!resource) throw new Error(`the sandbox does not serve ${object.apiVersion} ${object.kind}`)
    const live = cluster.kubernetes.objects[keyOfObject(object)]
    const time = timestamp(now(world))
    const write = { owner: { ...by, apiVersion: object.apiVersion }, time, ignored: strategyOf(resource).resetFields }
    const written = by.operation === 'Apply' ? applied(object, live, write) : updated(object, live, write)
    const strategy = strategyOf(resource)
    const prepared = live ? strategy.prepareForUpdate(written, live) : strategy.prepareForCreate(written)
    const system = live
      ? { uid: live.metadata.uid!, creationTimestamp: live.metadata.creationTimestamp! }
      : { uid: uuid(world), creationTimestamp: time }
    const complete = { ...prepared, metadata: { ...prepared.metadata, ...system } }
    const causes = validate(resource, complete, live && complete, '')
    if (causes.length > 0)
      throw new Error(`${object.kind} ${object.metadata.name} is invalid: ${JSON.stringify(causes)}`)
    react(cluster, world, live, store(cluster.kubernetes, complete))
  }
}

type Write = Parameters<typeof update>[3]

function applied(config: KubernetesObject, live: KubernetesObject | undefined, write: Write): KubernetesObject {
  const before = live ?? decode(config, {}).object
  const result = apply(withoutManagedFields(before), config, ownersOf(before), { ...write, force: true })
  if ('conflicts' in result) throw new Error(`a forced apply of ${config.metadata.name} met a conflict`)
  const { object } = decode(config, result.object as unknown as Json)
  return withManagedFields(applyDefaults(object), result.owners)
}

function updated(object: KubernetesObject, live: KubernetesObject | undefined, write: Write): KubernetesObject {
  const written = applyDefaults(decode(object, object as unknown as Json).object)
  const owners = live ? ownersOf(live) : new Map()
  return withManagedFields(written, update(live && withoutManagedFields(live), written, owners, write))
}
