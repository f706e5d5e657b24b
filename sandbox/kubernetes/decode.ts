import type { Json } from '../exchange.ts'
import type { KubernetesObject } from '../world.ts'
import { canonicalQuantity } from './quantity.ts'
import { type Definition, definitionOf, isPointer, type Shape, scalarName, shapeOf } from './schema.ts'
import { badRequest } from './status.ts'

/** An object as the API server holds it, and the fields of the body that it does not know. */
export interface Decoded {
  object: KubernetesObject
  unknown: string[]
}

/**
 * What becomes of a body that is read into Go's structs and written out again: unknown fields are gone, empty optional
 * ones too, and required ones are there even when empty. Throws 400 for a value of the wrong type.
 */
export function decode(kind: { apiVersion: string; kind: string }, body: Json): Decoded {
  const unknown: string[] = []
  const decoder: Decoder = { kind: kind.kind, version: kind.apiVersion, unknown }
  const decoded = readShape(shapeOf(kind), body, '', decoder) as unknown as KubernetesObject
  const object = { ...decoded, apiVersion: kind.apiVersion, kind: kind.kind }
  return { object: kind.kind === 'Secret' ? mergeStringData(object) : object, unknown }
}

interface Decoder {
  kind: string
  version: string
  unknown: string[]
}

/** Undefined where nothing would be written. */
function readShape(shape: Shape, value: Json | undefined, path: string, decoder: Decoder): Json | undefined {
  if (typeof shape !== 'string') {
    return 'list' in shape ? readList(shape.list, value, path, decoder) : readMap(shape.map, value, path, decoder)
  }
  const definition = definitionOf(shape)
  if (definition) return readStruct(shape, definition, value, path, decoder)
  return value === null || value === undefined ? undefined : readScalar(scalarName(shape), value, path, decoder)
}

function readStruct(shape: string, definition: Definition, value: Json | undefined, path: string, decoder: Decoder) {
  if (isNothing(value) && isPointer(shape)) return undefined
  if (!isNothing(value) && !isMap(value)) throw typeError(value, path, shape, decoder)
  const source = value ?? {}
  const known: [string, Json][] = []
  for (const [field, fieldShape] of Object.entries(definition.fields)) {
    const read = readShape(fieldShape, source[field], path ? `${path}.${field}` : field, decoder)
    if (definition.required?.includes(field)) known.push([field, read ?? zeroOf(fieldShape)])
    else if (read !== undefined && !(isEmpty(read) && isOmitted(field, fieldShape))) known.push([field, read])
  }
  for (const field of Object.keys(source)) {
    if (!(field in definition.fields)) decoder.unknown.push(path ? `${path}.${field}` : field)
  }
  return Object.fromEntries(known)
}

function readList(item: Shape, value: Json | undefined, path: string, decoder: Decoder): Json | undefined {
  if (isNothing(value)) return undefined
  if (!Array.isArray(value)) throw typeError(value, path, { list: item }, decoder)
  return value.map((entry, index) => readShape(item, entry, `${path}[${index}]`, decoder) ?? zeroOf(item))
}

function readMap(entry: Shape, value: Json | undefined, path: string, decoder: Decoder): Json | undefined {
  if (isNothing(value)) return undefined
  if (!isMap(value)) throw typeError(value, path, { map: entry }, decoder)
  const read = ([key, each]: [string, Json]) => [key, readShape(entry, each, path, decoder) ?? zeroOf(entry)]
  return Object.fromEntries(Object.entries(value).map(read))
}

function readScalar(name: string, value: Json, path: string, decoder: Decoder): Json {
  const is = typeof value
  if (name === 'any' || name === 'open') return value
  if (name === 'quantity' && (is === 'string' || is === 'number')) return canonicalQuantity(String(value))
  if (name === 'int-or-string' && (is === 'string' || is === 'number')) return value
  if ((name === 'string' || name === 'time') && is === 'string') return value
  if (name === 'bytes' && is === 'string') return readBase64(value as string, decoder)
  if (name === 'integer' && is === 'number' && Number.isInteger(value)) return value
  if (name === 'number' && is === 'number') return value
  if (name === 'boolean' && is === 'boolean') return value
  throw typeError(value, path, name, decoder)
}

function readBase64(value: string, { kind, version }: Decoder): string {
  const text = value.replace(/[\r\n]/g, '')
  const canonical = Buffer.from(text, 'base64').toString('base64')
  if (text.length % 4 === 0 && canonical.replace(/=+$/, '').length === text.replace(/=+$/, '').length) return canonical
  const fault = /[^A-Za-z0-9+/]/.exec(text)?.index ?? text.length - (text.length % 4)
  throw badRequest(
    `${kind} in version "${version.split('/').at(-1)}" cannot be handled as a ${kind}: illegal base64 data at input byte ${fault}`,
  )
}

const isNothing = (value: Json | undefined): value is null | undefined => value === null || value === undefined

const isMap = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === '' || value === 0 || value === false || hasNoEntries(value)

const hasNoEntries = (value: Json): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

/**
 * Whether Go's `omitempty` leaves an empty value out: not a pointer, and not a struct, which is never empty. Empty managed
 * fields mean something to whoever reads the request.
 */
const isOmitted = (field: string, shape: Shape): boolean =>
  !isPointer(shape) && !isStruct(shape) && shape !== 'any' && shape !== 'open' && field !== 'managedFields'

/** A number or a string is one that has both. */
const isStruct = (shape: Shape): boolean => definitionOf(shape) !== undefined || shape === 'int-or-string'

function zeroOf(shape: Shape): Json {
  if (typeof shape !== 'string') return null
  const zeros: Record<string, Json> = { string: '', integer: 0, number: 0, boolean: false, quantity: '0' }
  return definitionOf(shape) || isPointer(shape) ? null : (zeros[shape] ?? null)
}

/** `stringData` is for writing only: it ends up in `data`. */
function mergeStringData(secret: KubernetesObject): KubernetesObject {
  const { stringData, ...rest } = secret as KubernetesObject & { stringData?: Record<string, string> }
  if (!stringData) return secret
  const entries = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
  return { ...rest, data: { ...(secret.data as object | undefined), ...Object.fromEntries(entries) } }
}

function typeError(value: Json, path: string, shape: Shape, { kind, version }: Decoder) {
  const given = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const field = path.replace(/\[\d+\]/g, '')
  return badRequest(
    `${kind} in version "${version.split('/').at(-1)}" cannot be handled as a ${kind}: json: cannot unmarshal ${given} ` +
      `into Go struct field ${kind}.${field} of type ${goType(shape)}`,
  )
}

/** How Go names the type of a shape. */
function goType(shape: Shape): string {
  if (typeof shape !== 'string') return 'list' in shape ? `[]${goType(shape.list)}` : `map[string]${goType(shape.map)}`
  const name = scalarName(shape)
  const scalars: Record<string, string> = { integer: 'int32', boolean: 'bool', bytes: '[]uint8' }
  return scalars[name] ?? name.split('.').slice(-2).join('.')
}
