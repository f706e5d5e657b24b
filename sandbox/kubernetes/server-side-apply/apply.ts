/**
 * Ownership of fields: server-side apply, and what every other write means for it
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/). Functions of values, without a store.
 */
import type { Json } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { decode } from '../decode.ts'
import { type Shape, shapeOf } from '../schema.ts'
import { child, type FieldSet, intersection, isUnder, union, without } from './field-set.ts'
import { identityOf, type Owner, type Owners, type Ownership } from './managed-fields.ts'
import { type Comparison, compare, equal, fieldsOf, merge, removeFields, withStructs } from './typed-value.ts'

/** What was applied collides with fields of others. */
export interface Conflict {
  owner: Ownership
  path: string
}

export interface Write {
  owner: Owner
  /** RFC 3339, seconds. */
  time: string
  /** Fields that this endpoint never writes, such as `status` of the main resource. */
  ignored: readonly string[]
}

/** `metadata.labels` as a path of a field set. */
function pathOf(dotted: string): string {
  return dotted
    .split('.')
    .map(field => `f:${field}`)
    .reduce(child, '')
}

/** Never owned by anybody: what identifies an object and what the server writes. */
const systemFields: FieldSet = new Set(
  [
    ...['apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace', 'metadata.creationTimestamp'],
    ...[
      'metadata.selfLink',
      'metadata.uid',
      'metadata.generation',
      'metadata.managedFields',
      'metadata.resourceVersion',
    ],
  ].map(pathOf),
)

/** Lays a configuration over the live object; returns the new object with its owners, or what stands in the way. */
export function apply(
  live: KubernetesObject,
  config: KubernetesObject,
  ownersBefore: Owners,
  write: Write & { force: boolean },
): { object: KubernetesObject; owners: Owners } | { conflicts: Conflict[] } {
  const shape = shapeOf(live)
  const owners = new Map(ownersBefore.size > 0 ? ownersBefore : beforeFirstApply(live, write))
  const self = identityOf(write.owner)
  const previous = owners.get(self)?.fields

  const applied = fieldsOf(shape, asJson(config))
  const merged = merge(shape, asJson(live), asJson(config))!
  set(owners, self, { ...write.owner, time: write.time, fields: ownable(applied, write.ignored) })
  const claimed = [applied, ...[...owners.values()].map(({ fields }) => fields)]
  const object = previous ? prune(shape, merged, previous, claimed) : merged

  const conflicts = takeOver(owners, self, compareOwnable(live, object, write.ignored), write.force)
  if (conflicts.length > 0) return { conflicts }
  if (equal(object, asJson(live))) keepTime(owners, self, ownersBefore)
  return { object: object as unknown as KubernetesObject, owners }
}

/** An apply that changes nothing moves no time forward; who comes to co-own fields by it has none. */
function keepTime(owners: Owners, self: string, before: Owners): void {
  const entry = owners.get(self)
  if (!entry) return
  const { time: _, ...rest } = entry
  const time = before.get(self)?.time
  owners.set(self, time === undefined ? rest : { ...rest, time })
}

/**
 * Who owns what after a create, where nothing is live, an update or a patch: the writer gets what changed, everybody
 * else loses it.
 */
export function update(
  live: KubernetesObject | undefined,
  written: KubernetesObject,
  ownersBefore: Owners,
  write: Write,
): Owners {
  const owners = new Map(ownersBefore)
  const self = identityOf(write.owner)
  const changes = compareOwnable(live ?? decode(written, {}).object, asJson(written), write.ignored)
  const before = owners.get(self)
  takeOver(owners, self, changes, true)
  const changed = union(changes.added, changes.modified)
  const kept = without(before?.fields ?? new Set(), changes.removed)
  if (changed.size > 0) set(owners, self, { ...write.owner, time: write.time, fields: union(kept, changed) })
  else if (before) set(owners, self, { ...before, fields: kept })
  return owners
}

/** An object that was never tracked belongs, all of it, to a manager of this name when it is first applied to. */
function beforeFirstApply(live: KubernetesObject, write: Write): Owners {
  const owner: Owner = { manager: 'before-first-apply', operation: 'Update', apiVersion: live.apiVersion }
  return update(undefined, live, new Map(), { ...write, owner })
}

/** Takes fields from others; without force only those that nobody else holds, the rest is reported. */
function takeOver(owners: Owners, self: string, { added, removed, modified }: Comparison, force: boolean): Conflict[] {
  const others = [...owners].filter(([identity]) => identity !== self)
  const conflicts = others.flatMap(([, owner]) =>
    [...intersection(owner.fields, union(added, modified))].map(path => ({ owner, path })),
  )
  if (conflicts.length > 0 && !force) return conflicts
  for (const [identity, owner] of others) {
    set(owners, identity, { ...owner, fields: without(owner.fields, added, modified, removed) })
  }
  return []
}

/** Takes out what the applier owned before, does not apply any more, and nobody else claims. */
function prune(shape: Shape, merged: Json, previous: FieldSet, claimed: FieldSet[]): Json {
  const all = withStructs(shape, fieldsOf(shape, merged))
  const lost = withStructs(shape, previous)
  const owned = union(...claimed.map(fields => withStructs(shape, fields)))
  const left = (value: Json) => withStructs(shape, fieldsOf(shape, value))

  const withoutLost = removeFields(shape, merged, lost) ?? {}
  const gone = without(all, left(withoutLost), owned)
  const withoutOrphans = removeFields(shape, merged, gone) ?? {}
  return removeFields(shape, merged, intersection(without(all, left(withoutOrphans)), lost)) ?? {}
}

function compareOwnable(live: KubernetesObject, after: Json, ignored: readonly string[]): Comparison {
  const { added, removed, modified } = compare(shapeOf(live), asJson(live), after)
  return { added: ownable(added, ignored), removed: ownable(removed, ignored), modified: ownable(modified, ignored) }
}

const ownable = (fields: FieldSet, ignored: readonly string[]): Set<string> =>
  new Set(
    [...without(fields, systemFields)].filter(
      path => !ignored.map(pathOf).some(field => path === field || isUnder(path, field)),
    ),
  )

function set(owners: Owners, identity: string, ownership: Ownership): void {
  if (ownership.fields.size > 0) owners.set(identity, ownership)
  else owners.delete(identity)
}

const asJson = (object: KubernetesObject): Json => object as unknown as Json
