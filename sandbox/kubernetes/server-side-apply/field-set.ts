import type { Json } from '../../exchange.ts'

/**
 * The fields that somebody owns: paths whose elements are written as FieldsV1 writes them (`f:data`, `k:{"name":"c"}`,
 * `v:"x"`), joined by a character that cannot occur in them.
 */
export type FieldSet = ReadonlySet<string>

const separator = '\u0000'

export const child = (path: string, element: string): string => (path === '' ? element : path + separator + element)

export const elementsOf = (path: string): string[] => path.split(separator)

export const isUnder = (path: string, ancestor: string): boolean => path.startsWith(ancestor + separator)

export const union = (...sets: Iterable<string>[]): Set<string> => new Set(sets.flatMap(set => [...set]))

export const without = (set: FieldSet, ...taken: FieldSet[]): Set<string> =>
  new Set([...set].filter(path => !taken.some(other => other.has(path))))

export const intersection = (set: FieldSet, other: FieldSet): Set<string> =>
  new Set([...set].filter(path => other.has(path)))

export const equalSets = (set: FieldSet, other: FieldSet): boolean =>
  set.size === other.size && [...set].every(path => other.has(path))

/** metav1.FieldsV1: a tree in which `.` marks an inner path that is owned itself. */
export interface FieldsV1 {
  [element: string]: Json
}

export function toFieldsV1(set: FieldSet): FieldsV1 {
  const root: Tree = new Map()
  for (const path of set) elementsOf(path).reduce(branch, root).set('.', new Map())
  return plain(root)
}

interface Tree extends Map<string, Tree> {}

function branch(tree: Tree, element: string): Tree {
  const inner = tree.get(element) ?? new Map()
  tree.set(element, inner)
  return inner
}

function plain(node: Tree): FieldsV1 {
  if (node.size === 1 && node.has('.')) return {}
  return Object.fromEntries([...node].map(([element, inner]) => [element, plain(inner)]))
}

export function fromFieldsV1(fields: FieldsV1): FieldSet {
  const set = new Set<string>()
  const walk = (tree: FieldsV1, path: string) => {
    for (const [element, inner] of Object.entries(tree)) {
      if (element === '.') set.add(path)
      else if (Object.keys(inner as object).length === 0) set.add(child(path, element))
      else walk(inner as FieldsV1, child(path, element))
    }
  }
  walk(fields, '')
  return set
}

/** A path as messages write it: `.spec.containers[name="c"].image`. */
export const renderPath = (path: string): string => elementsOf(path).map(renderElement).join('')

/** One step of a path: `.image`, `[name="c"]`, `[="x"]`. */
export function renderElement(element: string): string {
  const rest = element.slice(2)
  if (element.startsWith('f:')) return `.${rest}`
  if (element.startsWith('v:')) return `[=${rest}]`
  const keys = Object.entries(JSON.parse(rest) as Record<string, Json>)
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}

/** The order in which a set is walked: what is owned at a level before what is owned below it. */
export function inOrder(set: Iterable<string>): string[] {
  const members = new Set<string>()
  const below = new Map<string, string[]>()
  for (const path of set) {
    const [first = '', ...rest] = elementsOf(path)
    if (rest.length === 0) members.add(first)
    else below.set(first, [...(below.get(first) ?? []), rest.join(separator)])
  }
  const inner = [...below.keys()].sort().flatMap(first => inOrder(below.get(first)!).map(rest => child(first, rest)))
  return [...[...members].sort(), ...inner]
}
