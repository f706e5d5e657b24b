import { isDeepStrictEqual } from 'node:util'
import { type Change, isLater } from './plan.ts'

type Tree = Record<string, unknown>

/** The lists of a pod spec that Kubernetes merges item by item, and by what (`x-kubernetes-list-map-keys` of its OpenAPI). */
const MERGE_KEYS: Record<string, string> = {
  containers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
}

/**
 * What of `wanted` is missing or different in `live`, or there although it is undefined in `wanted`. What only `live` has is nobody's concern
 * here, except in lists that Kubernetes takes as a whole (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
 */
export function differences(wanted: unknown, live: unknown, field = '', mergeKey?: string): Change[] {
  if (isTree(wanted)) {
    const there = isTree(live) ? live : {}
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, there[key], fieldOf(field, key), MERGE_KEYS[key]),
    )
  }
  if (mergeKey && Array.isArray(wanted)) {
    const there: Tree[] = Array.isArray(live) ? live : []
    return wanted.flatMap((item: Tree) => {
      const other = there.find(candidate => candidate[mergeKey] === item[mergeKey])
      const itemField = `${field}[${item[mergeKey]}]`
      return other ? differences(item, other, itemField) : [{ field: itemField, from: undefined, to: item }]
    })
  }
  return isDeepStrictEqual(wanted, live) ? [] : [{ field, from: live, to: wanted }]
}

/** What goes with a resource that is deleted. */
export const removals = (of: unknown): Change[] =>
  differences(of, undefined).flatMap(({ field, to }) => (to === undefined ? [] : [{ field, from: to, to: undefined }]))

/** All that `wanted` says within the lists of `live` that hold more: what a merge patch has to send (https://www.rfc-editor.org/rfc/rfc7386). */
export function withinLists(wanted: unknown, live: unknown, mergeKey?: string): unknown {
  if (isTree(wanted)) {
    const there = isTree(live) ? live : {}
    return Object.fromEntries(
      Object.entries(wanted).map(([key, value]) => [key, withinLists(value, there[key], MERGE_KEYS[key])]),
    )
  }
  if (!mergeKey || !Array.isArray(wanted)) return wanted
  const there: Tree[] = Array.isArray(live) ? live : []
  const isSame = (one: Tree) => (other: Tree) => one[mergeKey] === other[mergeKey]
  return [
    ...there.map(item => {
      const mine = wanted.find(isSame(item))
      return mine ? { ...item, ...(withinLists(mine, item) as Tree) } : item
    }),
    ...wanted.filter(item => !there.some(isSame(item))),
  ]
}

/** A merge patch of what is undefined in `wanted` and there in `live`. */
export function takingAway(wanted: object, live: object): object {
  const [from, there] = [wanted as Tree, live as Tree]
  return Object.fromEntries(
    Object.entries(from)
      .filter(([key]) => there[key] !== undefined)
      .map(([key, value]) => [
        key,
        value === undefined ? null : takingAway(isTree(value) ? value : {}, there[key] as Tree),
      ])
      .filter(([, value]) => value === null || Object.keys(value as Tree).length > 0),
  )
}

/** What turns one tree into another as a merge patch: null takes a field away, and a list is sent whole. */
export function mergePatch(from: unknown, to: unknown): unknown {
  if (!isTree(from) || !isTree(to)) return to
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
    key => !isDeepStrictEqual(from[key], to[key]),
  )
  return Object.fromEntries(keys.map(key => [key, key in to ? mergePatch(from[key], to[key]) : null]))
}

/** Two merge patches as one; where both say something the second is right. */
export function bothPatches(first: unknown, second: unknown): unknown {
  if (!isTree(first) || !isTree(second)) return second
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])]
  return Object.fromEntries(keys.map(key => [key, key in second ? bothPatches(first[key], second[key]) : first[key]]))
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isLater(value)

/** The name of a field within another. Label and annotation keys hold dots and slashes, so they are quoted. */
export const fieldOf = (field: string, key: string): string =>
  /[./]/.test(key) ? `${field}['${key}']` : field === '' ? key : `${field}.${key}`
