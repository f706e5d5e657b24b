/** What create, update and apply have in common: the checks of kube-apiserver in its order, then the write. */
import type { SandboxResponse } from '../../exchange.ts'
import { type KubernetesObject, uuid } from '../../world.ts'
import { refuseUnauthorized } from '../authorization.ts'
import { type Call, findLive } from '../call.ts'
import { react } from '../controllers.ts'
import { refuseEscalation } from '../escalation.ts'
import { optionsOf } from '../options.ts'
import { suffix } from '../revision.ts'
import { ownersOf, sameOwners, withoutManagedFields } from '../server-side-apply/managed-fields.ts'
import { equal } from '../server-side-apply/typed-value.ts'
import * as status from '../status.ts'
import { namespaceExists, store } from '../storage.ts'
import { strategyOf } from '../strategy.ts'
import { currentTime } from '../timestamp.ts'
import { validate } from '../validation/validate.ts'

/** Checks, completes and stores a new object. */
export function insert(object: KubernetesObject, call: Call, { isPost = false } = {}): SandboxResponse {
  const { resource, cluster, world, info } = call
  const { kubernetes } = cluster
  refuseMissingNamespace(call)
  refuseEscalation(object, undefined, call)
  const { dryRun } = optionsOf(call)
  const complete = born(object, call, uuid(dryRun ? { ...world } : world))
  refuseInvalid(call, complete, undefined)
  if (isPost && object.metadata.resourceVersion) {
    throw new status.Refusal(500, '', 'resourceVersion should not be set on objects to be created')
  }
  const { name } = complete.metadata
  if (findLive({ ...call, info: { ...info, name } })) throw status.alreadyExists(resource, name)
  if (dryRun) return { status: 201, body: complete }
  const stored = store(kubernetes, complete)
  react(cluster, world, undefined, stored)
  return { status: 201, body: stored, write: true }
}

/** Throws 404 for what is to be made in a namespace that is not there. */
export function refuseMissingNamespace({ resource, cluster, info }: Call): void {
  if (!resource.namespaced || namespaceExists(cluster.kubernetes, info.namespace)) return
  throw status.notFound({ apiVersion: 'v1', plural: 'namespaces', kind: 'Namespace' }, info.namespace)
}

function born(object: KubernetesObject, { resource, world }: Call, uid: string): KubernetesObject {
  const generateName = object.metadata.generateName as string | undefined
  const name = object.metadata.name || (generateName ? `${generateName}${suffix(uid)}` : '')
  const prepared = strategyOf(resource).prepareForCreate({ ...object, metadata: { ...object.metadata, name } })
  return { ...prepared, metadata: { ...prepared.metadata, uid, creationTimestamp: currentTime(world) } }
}

/** Checks, completes and stores what an existing object becomes; where nothing changed, nothing is written. */
export function replace(live: KubernetesObject, object: KubernetesObject, call: Call): SandboxResponse {
  const { resource, cluster, world, info } = call
  refuseEscalation(object, live, call)
  const { resourceVersion } = object.metadata
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again'
    throw status.conflict(resource, info.name, why)
  }
  const { uid, creationTimestamp, resourceVersion: current } = live.metadata as Required<KubernetesObject['metadata']>
  const metadata = { ...object.metadata, uid: object.metadata.uid || uid, creationTimestamp, resourceVersion: current }
  const prepared = strategyOf(resource, info.subresource).prepareForUpdate({ ...object, metadata }, live)
  refuseInvalid(call, prepared, live)
  if (isUnchanged(live, prepared)) return { status: 200, body: live }
  if (optionsOf(call).dryRun) return { status: 200, body: prepared }
  const stored = store(cluster.kubernetes, prepared)
  react(cluster, world, live, stored)
  return { status: 200, body: stored, write: true }
}

/** A PUT or PATCH that makes an object takes the right to create it as well. */
export const refuseCreation = ({ user, info, cluster, world }: Call): void =>
  refuseUnauthorized(user, { ...info, verb: 'create' }, cluster, world)

function refuseInvalid({ resource, info }: Call, object: KubernetesObject, live: KubernetesObject | undefined): void {
  const causes = validate(resource, object, live, info.subresource)
  if (causes.length > 0) throw status.invalid(resource, object.metadata.name, causes)
}

/** Times of managed fields alone are no change. */
const isUnchanged = (live: KubernetesObject, object: KubernetesObject): boolean =>
  equal(withoutManagedFields(live), withoutManagedFields(object)) && sameOwners(ownersOf(live), ownersOf(object))
