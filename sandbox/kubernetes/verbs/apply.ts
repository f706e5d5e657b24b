import type { Json, SandboxResponse } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { gvk, inNamespace, readConfiguration, refuseOtherName } from '../body.ts'
import { type Call, findLive, tracking } from '../call.ts'
import { decode } from '../decode.ts'
import { applyDefaults } from '../defaults.ts'
import { optionsOf } from '../options.ts'
import { apply, type Conflict } from '../server-side-apply/apply.ts'
import { inOrder, renderPath } from '../server-side-apply/field-set.ts'
import {
  type Ownership,
  ownersOf,
  withManagedFields,
  withoutManagedFields,
} from '../server-side-apply/managed-fields.ts'
import { conflict, notFound, Refusal } from '../status.ts'
import { insert, refuseCreation, replace } from './store.ts'

/** PATCH by server-side apply, which makes the object where there is none. */
export function serverSideApply(call: Call): SandboxResponse {
  const { resource, info } = call
  const { fieldManager, force } = optionsOf(call)
  const live = findLive(call)
  if (!live && info.subresource) throw notFound(resource, info.name)
  if (!live) refuseCreation(call)

  const config = readConfiguration(call)
  const before = live ?? decode(resource, {}).object
  const write = { ...tracking(call, 'Apply', fieldManager), force }
  const result = apply(withoutManagedFields(before), config, ownersOf(before), write)
  if ('conflicts' in result) throw refuseConflicts(result.conflicts)

  const applied = readApplied(result.object, config, call)
  if (!live && applied.metadata.uid) {
    const why = `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`
    throw conflict(resource, info.name, why)
  }
  const object = withManagedFields(inNamespace(applyDefaults(applied), call), result.owners)
  refuseOtherName(object, call)
  return live ? replace(live, object, call) : insert(object, call)
}

/** What was applied may have the right types and still be no object: a Secret whose data are not base64. Throws 500. */
function readApplied(applied: KubernetesObject, { metadata }: KubernetesObject, { resource }: Call): KubernetesObject {
  try {
    return decode(resource, applied as unknown as Json).object
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const kind = gvk(resource.apiVersion, resource.kind)
    const why = error.message.replace(/^.* cannot be handled as a \w+: /, '')
    const unreadable = `unable to convert unstructured object to ${kind}: error decoding from json: ${why}`
    throw new Refusal(
      500,
      '',
      `failed to convert new object (${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${kind}) to proper version: ${unreadable}`,
    )
  }
}

function refuseConflicts(conflicts: Conflict[]): Refusal {
  const byOwner = Map.groupBy(conflicts, ({ owner }) => owner)
  const ordered = [...byOwner]
    .sort(([a], [b]) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map(([owner, each]) => [describe(owner), inOrder(each.map(({ path }) => path)).map(renderPath)] as const)
  const causes = ordered.flatMap(([owner, paths]) =>
    paths.map(field => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })),
  )
  const [first] = causes
  const listed = ordered.flatMap(([owner, paths]) => [`conflicts with ${owner}:`, ...paths.map(path => `- ${path}`)])
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first!.message}: ${first!.field}`
      : `Apply failed with ${causes.length} conflicts: ${listed.join('\n')}`
  return new Refusal(409, 'Conflict', message, { causes })
}

/** kube-apiserver sorts owners by how they are written in JSON. */
const keyOf = ({ manager, operation, apiVersion, subresource }: Ownership): string =>
  JSON.stringify({ manager, operation, apiVersion, subresource })

function describe({ manager, operation, apiVersion, subresource }: Ownership): string {
  const name = subresource ? `"${manager}" with subresource "${subresource}"` : `"${manager}"`
  return operation === 'Apply' ? name : `${name} using ${apiVersion}`
}
