/**
 * Values seen through their schema. The rules are those of structured-merge-diff, the library in which Kubernetes keeps
 * them (https://github.com/kubernetes-sigs/structured-merge-diff, Apache-2.0).
 */
import type { Json } from '../../exchange.ts'
import { definitionOf, type Shape } from '../schema.ts'
import { child, elementsOf, type FieldSet, isUnder } from './field-set.ts'

type JsonMap = { [key: string]: Json }

interface Child {
  element: string
  value: Json
  shape: Shape
  /** The value is the list of all items with this key: what was not applied may hold a key twice. */
  isRepeated?: true
}

/** How a value is owned: piece by piece, or as a whole. */
type Structure =
  | { kind: 'whole' }
  | { kind: 'struct'; fields: Record<string, Shape> }
  | { kind: 'map'; of: Shape }
  | { kind: 'list'; of: Shape; keys: string[] }
  | { kind: 'set' }

const scalar: Shape = 'any'

function structureOf(shape: Shape, ...values: (Json | undefined)[]): Structure {
  if (shape === 'open') return values.some(isMap) ? { kind: 'map', of: 'open' } : { kind: 'whole' }
  if (typeof shape === 'string') {
    const definition = definitionOf(shape)
    return definition && !definition.atomic ? { kind: 'struct', fields: definition.fields } : { kind: 'whole' }
  }
  if ('map' in shape) return shape.atomic ? { kind: 'whole' } : { kind: 'map', of: shape.map }
  if (shape.keys) return { kind: 'list', of: shape.list, keys: shape.keys }
  return shape.set ? { kind: 'set' } : { kind: 'whole' }
}

const isWhole = (shape: Shape, ...values: (Json | undefined)[]): boolean =>
  structureOf(shape, ...values).kind === 'whole'

const isMap = (value: Json | undefined): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Lists whose items are found by key or value. */
const isAssociative = (shape: Shape): boolean => ['list', 'set'].includes(structureOf(shape).kind)

function childrenOf(shape: Shape, value: Json | undefined): Child[] {
  const structure = structureOf(shape, value)
  if (value === undefined || value === null || structure.kind === 'whole') return []
  if (structure.kind === 'set') {
    return (value as Json[]).map(item => ({ element: `v:${JSON.stringify(item)}`, value: item, shape: scalar }))
  }
  if (structure.kind === 'list') {
    const { of, keys } = structure
    const byKey = Map.groupBy(value as JsonMap[], item => keyElement(of, keys, item))
    return [...byKey].map(([element, items]) =>
      items.length === 1
        ? { element, value: items[0]!, shape: of }
        : { element, value: items, shape: scalar, isRepeated: true },
    )
  }
  return Object.entries(value as JsonMap).map(([name, inner]) => ({
    element: `f:${name}`,
    value: inner,
    shape: structure.kind === 'map' ? structure.of : (structure.fields[name] ?? scalar),
  }))
}

/** `k:{"containerPort":80,"protocol":"TCP"}`; a key that is missing counts with its default, if it has one. */
export function keyElement(of: Shape, keys: string[], item: JsonMap): string {
  const defaults = definitionOf(of)?.keyDefaults ?? {}
  const known = [...keys].sort().filter(name => item[name] !== undefined || defaults[name] !== undefined)
  const key = known.map(name => [name, item[name] ?? defaults[name]])
  return `k:${JSON.stringify(Object.fromEntries(key))}`
}

const sizeOf = (value: Json | undefined): number =>
  value === undefined || value === null ? 0 : Object.keys(value as object).length

/** The fields that a value sets. */
export function fieldsOf(shape: Shape, value: Json, path = '', found = new Set<string>()): Set<string> {
  const { kind } = structureOf(shape, value)
  if (kind === 'whole') return found.add(path)
  for (const { element, value: inner, shape: innerShape } of childrenOf(shape, value)) {
    const at = child(path, element)
    fieldsOf(innerShape, inner, at, found)
    const isEmptyMap = inner === null || (!Array.isArray(inner) && typeof inner === 'object' && sizeOf(inner) === 0)
    if (kind !== 'struct' || isEmptyMap) found.add(at)
  }
  return found
}

/** Which fields appeared, vanished or changed between two values. */
export interface Comparison {
  added: Set<string>
  removed: Set<string>
  modified: Set<string>
}

export function compare(shape: Shape, before: Json | undefined, after: Json | undefined): Comparison {
  const comparison = { added: new Set<string>(), removed: new Set<string>(), modified: new Set<string>() }
  compareAt(shape, before, after, '', comparison)
  return comparison
}

function compareAt(shape: Shape, before: Json | undefined, after: Json | undefined, path: string, to: Comparison) {
  if (isWhole(shape, before, after) || (sizeOf(before) === 0 && sizeOf(after) === 0)) {
    if (before === undefined) to.added.add(path)
    else if (after === undefined) to.removed.add(path)
    else if (!equal(before, after)) to.modified.add(path)
    return
  }
  const left = new Map(childrenOf(shape, before).map(each => [each.element, each]))
  const right = new Map(childrenOf(shape, after).map(each => [each.element, each]))
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    compareChildren(left.get(element), right.get(element), child(path, element), to)
  }
  if (path === '') return
  if (before === undefined) to.added.add(path)
  else if (after === undefined) to.removed.add(path)
}

/** Where a key is repeated its items count as a whole, whatever becomes of them. */
function compareChildren(before: Child | undefined, after: Child | undefined, path: string, to: Comparison): void {
  const { shape } = (before ?? after)!
  if (before?.isRepeated === after?.isRepeated) {
    compareAt(shape, before?.value, after?.value, path, to)
  } else if (before?.isRepeated) {
    to.removed.add(path)
    if (after) compareAt(after.shape, undefined, after.value, path, to)
  } else {
    if (before) compareAt(before.shape, before.value, undefined, path, to)
    to.added.add(path)
  }
}

/** The live value with what was applied laid over it. */
export function merge(shape: Shape, live: Json | undefined, applied: Json | undefined): Json | undefined {
  if (applied === undefined) return live
  if (isWhole(shape, live) || isWhole(shape, applied) || live === undefined || live === null || applied === null)
    return applied
  if (isAssociative(shape)) return mergeLists(shape, live, applied)
  const merged: JsonMap = { ...(live as JsonMap) }
  for (const { element, value, shape: inner } of childrenOf(shape, applied)) {
    const name = element.slice(2)
    merged[name] = merge(inner, merged[name], value)!
  }
  return merged
}

/** Items keep the applied order; those that only live has stay after the neighbour that they had. */
function mergeLists(shape: Shape, live: Json, applied: Json): Json[] {
  const left = childrenOf(shape, live)
  const right = childrenOf(shape, applied)
  const inLive = new Map(left.map(each => [each.element, each]))
  const inApplied = new Map(right.map(each => [each.element, each]))
  const shared = right.filter(({ element }) => inLive.has(element)).map(({ element }) => element)
  const taken = new Set<string>()
  const merged: Json[] = []
  const take = (element: string) => {
    taken.add(element)
    merged.push(merge(inApplied.get(element)!.shape, inLive.get(element)?.value, inApplied.get(element)!.value)!)
  }

  let nextShared = shared.shift()
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const ours = left[l]
    const theirs = right[r]
    if (ours && theirs && ours.element === theirs.element) {
      take(ours.element)
      l += 1
      r += 1
      nextShared = shared.shift()
      continue
    }
    if (ours && theirs && inApplied.has(ours.element) && nextShared !== undefined && nextShared !== ours.element) {
      l += 1
      continue
    }
    if (ours && !inApplied.has(ours.element)) {
      merged.push(...itemsOf(ours))
      l += 1
      continue
    }
    if (ours && taken.has(ours.element)) l += 1
    if (theirs) {
      take(theirs.element)
      r += 1
      if (nextShared === theirs.element) nextShared = shared.shift()
    }
  }
  return merged
}

const itemsOf = ({ value, isRepeated }: Child): Json[] => (isRepeated ? (value as Json[]) : [value])

/** The value without some fields; null where nothing is left of it, which then is still a value that somebody may own. */
export function removeFields(shape: Shape, value: Json, fields: FieldSet, path = ''): Json {
  if (isWhole(shape, value) || sizeOf(value) === 0) return null
  const kept = childrenOf(shape, value)
    .map(each => ({ ...each, path: child(path, each.element) }))
    .filter(each => !fields.has(each.path))
    .map(each => {
      const isDeeper = [...fields].some(field => isUnder(field, each.path))
      return isDeeper ? { ...each, value: removeFields(each.shape, each.value, fields, each.path) } : each
    })
  if (kept.length === 0) return null
  if (isAssociative(shape)) return kept.flatMap(itemsOf)
  return Object.fromEntries(kept.map(({ element, value: inner }) => [element.slice(2), inner]))
}

/** The set with the struct fields that lead to its members: who owns `a.b.c` holds on to the structs `a` and `a.b`. */
export function withStructs(shape: Shape, set: FieldSet): Set<string> {
  const all = new Set(set)
  for (const member of set) {
    let at = ''
    let current = shape
    for (const element of elementsOf(member).slice(0, -1)) {
      at = child(at, element)
      const structure = structureOf(current)
      const name = element.slice(2)
      if (structure.kind === 'struct' && name in structure.fields) all.add(at)
      if (structure.kind === 'struct') current = structure.fields[name] ?? scalar
      else current = structure.kind === 'map' || structure.kind === 'list' ? structure.of : scalar
    }
  }
  return all
}

/** Deep equality of JSON values, whatever the order of keys. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  const [ours, theirs] = [left as Record<string, unknown>, right as Record<string, unknown>]
  return names.every(name => Object.hasOwn(theirs, name) && equal(ours[name], theirs[name]))
}
