import type { SandboxResponse } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { parseBody, readObject } from '../body.ts'
import { type Call, tracking } from '../call.ts'
import { optionsOf } from '../options.ts'
import { update } from '../server-side-apply/apply.ts'
import { withManagedFields } from '../server-side-apply/managed-fields.ts'
import { insert } from './store.ts'

/** POST to a collection. */
export function create(call: Call): SandboxResponse {
  const { fieldManager } = optionsOf(call)
  return insert(trackedFromBirth(readObject(call, parseBody(call.request)), call, fieldManager), call, { isPost: true })
}

/** A new object, all of it owned by whoever made it. */
export function trackedFromBirth(object: KubernetesObject, call: Call, manager: string): KubernetesObject {
  const { uid: _, creationTimestamp: __, deletionTimestamp: ___, ...metadata } = object.metadata
  const made = { ...object, metadata }
  return withManagedFields(made, update(undefined, made, new Map(), tracking(call, 'Update', manager)))
}
