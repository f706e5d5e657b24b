import type { SandboxResponse } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { parseBody, readObject, refuseOtherName } from '../body.ts'
import { type Call, findLive, namespaceOf, tracking } from '../call.ts'
import { optionsOf } from '../options.ts'
import { update as ownersAfter } from '../server-side-apply/apply.ts'
import { type Owners, ownersOf, withManagedFields, withoutManagedFields } from '../server-side-apply/managed-fields.ts'
import { conflict, notFound } from '../status.ts'
import { strategyOf } from '../strategy.ts'
import { trackedFromBirth } from './create.ts'
import { insert, refuseCreation, replace } from './store.ts'

/** PUT of an object; where there is none, some kinds take it as its creation. */
export function update(call: Call): SandboxResponse {
  const { resource, info } = call
  const { fieldManager } = optionsOf(call)
  const object = readObject(call, parseBody(call.request))
  refuseOtherName(object, call)
  const live = findLive(call)
  if (live) {
    refuseOtherObject(object.metadata.uid, live.metadata.uid, call)
    return replace(live, tracked(live, object, call, fieldManager), call)
  }
  if (!strategyOf(resource).allowsCreateOnUpdate || info.subresource) throw notFound(resource, info.name)
  refuseCreation(call)
  refuseOtherObject(object.metadata.uid, '', call)
  return insert(trackedFromBirth(object, call, fieldManager), call)
}

/** A write is meant for one object; the same name made anew is another. */
function refuseOtherObject(uid: string | undefined, liveUid: string | undefined, call: Call): void {
  const { resource, info } = call
  if (!uid || uid === liveUid) return
  const key = ['/registry', resource.plural, namespaceOf(call), info.name].filter(Boolean).join('/')
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${liveUid}`
  const error = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`
  throw conflict(resource, info.name, error)
}

/** The new object with its owners: the writer has what changed. */
export function tracked(
  live: KubernetesObject,
  object: KubernetesObject,
  call: Call,
  manager: string,
): KubernetesObject {
  const before = ownersBefore(live, object, call)
  if (before.size === 0) return withoutManagedFields(object)
  const write = tracking(call, 'Update', manager)
  return withManagedFields(object, ownersAfter(withoutManagedFields(live), withoutManagedFields(object), before, write))
}

/** Managed fields may be written too: an empty list, or one empty entry, ends all tracking. */
function ownersBefore(live: KubernetesObject, { metadata }: KubernetesObject, { info }: Call): Owners {
  const sent = metadata.managedFields
  if (info.subresource !== '' || sent === undefined) return ownersOf(live)
  return sent.length === 1 && Object.keys(sent[0]!).length === 0 ? new Map() : ownersOf({ ...live, metadata })
}
