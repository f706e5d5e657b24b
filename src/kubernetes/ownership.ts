import { FIELD_MANAGER, type KubernetesObject } from './cluster.ts'

/**
 * The managers other than us that own a field. Server-side apply refuses to change such a field unless it is forced
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts).
 */
export const otherOwners = (object: KubernetesObject, field: string): string[] =>
  ownersOf(object, field).filter(manager => manager !== FIELD_MANAGER)

/** Tells whether a field is gone once we apply an object without it, or would be if nobody else owned it too. */
export const isOursToKeep = (object: KubernetesObject, field: string): boolean =>
  ownersOf(object, field).includes(FIELD_MANAGER)

/** All managers of a field, where `field` is written as `differences` writes it. */
function ownersOf(object: KubernetesObject, field: string): string[] {
  const path = [...field.matchAll(/\['([^']+)'\]|\[([^\]]+)\]|([^.[\]]+)/g)].map(([, quoted, item, plain]) => ({
    item,
    field: quoted ?? plain,
  }))
  const owners = (object.metadata.managedFields ?? [])
    .filter(({ subresource, fieldsV1 }) => subresource === undefined && owns(fieldsV1 ?? {}, path))
    .map(({ manager }) => manager)
  return [...new Set(owners)]
}

type Segment = { item: string | undefined; field: string | undefined }

/** Walks a FieldsV1 tree; a node without children is owned whole. */
function owns(tree: Record<string, unknown>, [segment, ...rest]: Segment[]): boolean {
  if (!segment) return true
  const key = segment.field ? `f:${segment.field}` : Object.keys(tree).find(name => isItem(name, segment.item!))
  if (!key || !(key in tree)) return false
  const child = tree[key] as Record<string, unknown>
  return Object.keys(child).length === 0 || owns(child, rest)
}

/** `k:{"name":"argocd-server"}` is the list item `[argocd-server]`. */
const isItem = (key: string, item: string): boolean =>
  key.startsWith('k:') && Object.values(JSON.parse(key.slice(2))).includes(item)
