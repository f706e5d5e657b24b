import { isDeepStrictEqual } from 'node:util'
import { fieldOf } from '../diff.ts'
import type { Change } from '../plan.ts'
import { FIELD_MANAGER, type KubernetesObject, type ManagedFields } from './cluster.ts'

/** FieldsV1: what a manager owns, as a tree (https://kubernetes.io/docs/reference/using-api/server-side-apply/#managing-field-ownership). */
type Tree = Record<string, unknown>

/** A step into an object: to a field, or to the item of a list that has these values. */
type Segment = { field: string } | { item: Record<string, unknown> }

/** A field that goes, with the way to it. */
export interface Relinquished extends Change {
  path: Segment[]
}

/**
 * The managers other than us that own a field. Server-side apply refuses to change such a field unless it is forced
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts).
 */
export const otherOwners = (object: KubernetesObject, field: string): string[] =>
  ownersOf(object, field).filter(manager => manager !== FIELD_MANAGER)

/** Tells whether a field is gone once we apply an object without it, or would be if nobody else owned it too. */
export const isOursToKeep = (object: KubernetesObject, field: string): boolean =>
  ownersOf(object, field).includes(FIELD_MANAGER)

/** Tells whether a field is there on our account, and on nobody else's. */
export const isOursAlone = (object: KubernetesObject, field: string): boolean =>
  isDeepStrictEqual(ownersOf(object, field), [FIELD_MANAGER])

/** All managers of a field, where `field` is written as `differences` writes it. */
function ownersOf(object: KubernetesObject, field: string): string[] {
  const path = [...field.matchAll(/\['([^']+)'\]|\[([^\]]+)\]|([^.[\]]+)/g)].map(([, quoted, item, plain]) => ({
    item,
    field: quoted ?? plain,
  }))
  const owners = managersOf(object)
    .filter(({ fieldsV1 }) => owns(fieldsV1 ?? {}, path))
    .map(({ manager }) => manager)
  return [...new Set(owners)]
}

const managersOf = ({ metadata }: KubernetesObject): ManagedFields[] =>
  (metadata.managedFields ?? []).filter(({ subresource }) => subresource === undefined)

const isOurEntry = ({ manager }: ManagedFields): boolean => manager === FIELD_MANAGER

/** Walks a FieldsV1 tree; a node without children is owned whole. */
function owns(tree: Tree, [segment, ...rest]: { item: string | undefined; field: string | undefined }[]): boolean {
  if (!segment) return true
  const key = segment.field ? `f:${segment.field}` : Object.keys(tree).find(name => isItem(name, segment.item!))
  if (!key || !(key in tree)) return false
  const child = tree[key] as Tree
  return Object.keys(child).length === 0 || owns(child, rest)
}

/** `k:{"name":"argocd-server"}` is the list item `[argocd-server]`. */
const isItem = (key: string, item: string): boolean =>
  key.startsWith('k:') && Object.values(JSON.parse(key.slice(2))).includes(item)

/**
 * What we said of an object before and do not say any more, and nobody else says either. Server-side apply takes it away
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#applying-or-updating-managed-fields), so a plan has to name it.
 */
export function relinquished(wanted: KubernetesObject, live: KubernetesObject): Relinquished[] {
  const entries = managersOf(live)
  const treeOf = (manages: (entry: ManagedFields) => boolean) => union(entries.filter(manages).map(fieldsOf))
  return gone(
    treeOf(isOurEntry),
    treeOf(entry => !isOurEntry(entry)),
    wanted,
    live,
    [],
  )
}

const fieldsOf = ({ fieldsV1 = {} }: ManagedFields): Tree => fieldsV1

function gone(ours: Tree, theirs: Tree | undefined, wanted: unknown, live: unknown, path: Segment[]): Relinquished[] {
  return Object.entries(ours).flatMap(([key, child]) => {
    const segment = segmentOf(key)
    if (!segment) return []
    const here = [...path, segment]
    const [said, there] = [step(wanted, segment), step(live, segment)]
    if (there === undefined) return []
    if (said === undefined && !(theirs && key in theirs))
      return [{ path: here, field: nameOf(here), from: there, to: undefined }]
    return gone(child as Tree, theirs?.[key] as Tree | undefined, said, there, here)
  })
}

/** The old name of `serviceAccountName`, which the API server keeps in step with it in whoever's name (v1 conversion of PodSpec). */
const MIRROR = 'f:serviceAccount'

function segmentOf(key: string): Segment | undefined {
  if (key === MIRROR) return undefined
  if (key.startsWith('f:')) return { field: key.slice(2) }
  return key.startsWith('k:') ? { item: JSON.parse(key.slice(2)) } : undefined
}

function step(value: unknown, segment: Segment): unknown {
  if ('field' in segment) return (value as Tree | undefined)?.[segment.field]
  return Array.isArray(value) ? value.find(isLike(segment.item)) : undefined
}

const isLike = (item: Record<string, unknown>) => (candidate: Tree) =>
  Object.entries(item).every(([key, value]) => candidate[key] === value)

const nameOf = (path: Segment[]): string =>
  path.reduce(
    (name, segment) =>
      'field' in segment ? fieldOf(name, segment.field) : `${name}[${Object.values(segment.item).join()}]`,
    '',
  )

/** The object without what goes. */
export function without(live: KubernetesObject, fields: Relinquished[]): KubernetesObject {
  const copy = structuredClone(live)
  for (const { path } of fields) {
    const last = path.at(-1)!
    const parent = path.slice(0, -1).reduce<unknown>(step, copy) as Tree & Tree[]
    if ('field' in last) delete parent[last.field as never]
    else parent.splice(parent.findIndex(isLike(last.item)), 1)
  }
  return copy
}

function union(trees: Tree[]): Tree {
  const all: Tree = {}
  for (const tree of trees)
    for (const [key, child] of Object.entries(tree)) all[key] = union([(all[key] ?? {}) as Tree, child as Tree])
  return all
}

/**
 * The managers of an object with what we patched counted as applied, as client-go's csaupgrade does; undefined where we patched nothing.
 * Server-side apply takes no field away that its own manager owns by another operation, and has a conflict with itself over it
 * (https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/client-go/util/csaupgrade/upgrade.go).
 */
export function asApplied(object: KubernetesObject): ManagedFields[] | undefined {
  const isOurs = (entry: ManagedFields) => isOurEntry(entry) && entry.subresource === undefined
  const all = object.metadata.managedFields ?? []
  const ours = all.filter(isOurs)
  if (!ours.some(({ operation }) => operation === 'Update')) return undefined
  const applied: ManagedFields = { ...ours[0]!, operation: 'Apply', fieldsV1: union(ours.map(fieldsOf)) }
  return [...all.filter(entry => !isOurs(entry)), applied]
}
