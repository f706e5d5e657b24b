import type { Json } from '../exchange.ts'
import type { KubernetesObject } from '../world.ts'
import { equal } from './server-side-apply/typed-value.ts'
import { badRequest, Refusal } from './status.ts'

type JsonMap = { [key: string]: Json }

/** RFC 7386: null removes, objects merge, everything else replaces. */
export function applyMergePatch(live: KubernetesObject, patch: Json): Json {
  return mergePatch(live as unknown as Json, patch)
}

function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch
  const merged: JsonMap = isMap(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(merged[name], value)
  }
  return merged
}

interface Operation {
  op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  path: string
  from?: string
  value?: Json
}

/** RFC 6902. Throws 422 where an operation does not fit the object, or there is none of that name. */
export function applyJsonPatch(live: KubernetesObject, patch: Json): Json {
  if (!Array.isArray(patch)) {
    const fault = 'json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'
    throw badRequest(`error decoding patch: ${fault}`)
  }
  const document = structuredClone(live) as unknown as Json
  for (const operation of patch as unknown as Operation[]) applyOperation(document, operation)
  return document
}

function applyOperation(document: Json, { op, path, from = '', value = null }: Operation): void {
  if (op === 'add') add(document, path, value)
  else if (op === 'remove') remove(document, path)
  else if (op === 'replace') replace(document, path, value)
  else if (op === 'move') add(document, path, remove(document, from))
  else if (op === 'copy') add(document, path, structuredClone(read(document, from)))
  else if (op !== 'test' || !equal(read(document, path), value)) throw misfit()
}

function add(document: Json, path: string, value: Json): void {
  const { parent, key } = locate(document, path)
  if (Array.isArray(parent)) parent.splice(key === '-' ? parent.length : Number(key), 0, value)
  else parent[key] = value
}

/** The library that kube-apiserver uses takes a member that is not there for null, and so replaces that too. */
function replace(document: Json, path: string, value: Json): void {
  read(document, path)
  const { parent, key } = locate(document, path)
  if (Array.isArray(parent)) parent[Number(key)] = value
  else parent[key] = value
}

/** Returns what was there. */
function remove(document: Json, path: string): Json {
  const { parent, key } = locate(document, path)
  if (!Object.hasOwn(parent, key)) throw misfit()
  const removed = read(document, path)
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete parent[key]
  return removed
}

function read(document: Json, path: string): Json {
  const { parent, key } = locate(document, path)
  if (!Array.isArray(parent)) return parent[key] ?? null
  const item = parent[Number(key)]
  if (item === undefined) throw misfit()
  return item
}

function locate(document: Json, path: string): { parent: Json[] | JsonMap; key: string } {
  const keys = path
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const key = keys.pop()
  let parent: Json | undefined = document
  for (const step of keys)
    parent = Array.isArray(parent) ? parent[Number(step)] : isMap(parent) ? parent[step] : undefined
  if (key === undefined || typeof parent !== 'object' || parent === null) throw misfit()
  return { parent, key }
}

const isMap = (value: Json | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const misfit = (): Refusal =>
  new Refusal(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
