/**
 * Reads the protobuf that kubectl's typed commands send, such as `kubectl create token`; answers are JSON, which they
 * take as well (https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding).
 */
import type { Json } from '../exchange.ts'
import learned from './learned/protobuf.json' with { type: 'json' }
import { definitionOf, findShape, type Shape, scalarName } from './schema.ts'
import { badRequest, notImplemented } from './status.ts'

/** Fields of a message by number: the name in JSON, or the fields of a message that JSON has in line. */
export interface Message {
  [number: string]: string | Message
}

const messages = learned as Record<string, Message>

/** An object out of its envelope: four bytes, and a message of its kind and its content. */
export function decodeProtobuf(bytes: Buffer): Json {
  if (bytes.subarray(0, 4).toString('latin1') !== 'k8s\0') throw badRequest('the body is no protobuf of Kubernetes')
  const envelope = fieldsOf(bytes.subarray(4))
  const [apiVersion = '', kind = ''] = fieldsOf(bytesOf(envelope, 1)).map(({ value }) => text(value))
  const shape = findShape(apiVersion, kind)
  if (!shape) throw notImplemented(`read ${apiVersion} ${kind} as protobuf`)
  return { ...decodeMessage(shape, bytesOf(envelope, 2)), apiVersion, kind }
}

type Value = bigint | Buffer

interface Field {
  number: number
  value: Value
}

type JsonMap = { [key: string]: Json }

function decodeMessage(shape: string, bytes: Buffer): JsonMap {
  const name = scalarName(shape)
  const message = messages[name]
  const fields = definitionOf(name)?.fields
  if (!message || !fields) throw notImplemented(`read ${name} as protobuf`)
  const decoded: JsonMap = {}
  decodeInto(decoded, message, fields, bytes)
  return decoded
}

function decodeInto(decoded: JsonMap, message: Message, fields: Record<string, Shape>, bytes: Buffer): void {
  for (const { number, value } of fieldsOf(bytes)) {
    const field = message[number]
    if (typeof field === 'object') decodeInto(decoded, field, fields, value as Buffer)
    else if (field !== undefined && fields[field] !== undefined) decodeField(decoded, field, fields[field], value)
  }
}

/** Items of a list and entries of a map come one by one. */
function decodeField(decoded: JsonMap, field: string, shape: Shape, value: Value): void {
  if (typeof shape === 'string') {
    const scalar = decodeValue(shape, value)
    if (scalar !== undefined) decoded[field] = scalar
  } else if ('list' in shape) {
    decoded[field] = [...((decoded[field] as Json[] | undefined) ?? []), decodeValue(shape.list, value) ?? null]
  } else {
    const entry = fieldsOf(value as Buffer)
    const inner = entry.find(({ number }) => number === 2)?.value ?? Buffer.alloc(0)
    const known = (decoded[field] as JsonMap | undefined) ?? {}
    decoded[field] = { ...known, [text(bytesOf(entry, 1))]: decodeValue(shape.map, inner) ?? null }
  }
}

function decodeValue(shape: Shape, value: Value): Json | undefined {
  // A list inside a map is a message of its own, with the items as its first field.
  if (typeof shape !== 'string') return fieldsOf(value as Buffer).map(item => text(item.value))
  if (definitionOf(shape)) return decodeMessage(shape, value as Buffer)
  switch (scalarName(shape)) {
    case 'integer':
      return Number(BigInt.asIntN(64, value as bigint))
    case 'boolean':
      return value !== 0n
    case 'bytes':
      return (value as Buffer).toString('base64')
    case 'string':
      return text(value)
    case 'quantity':
      return text(bytesOf(fieldsOf(value as Buffer), 1))
    case 'time':
      return decodeTime(fieldsOf(value as Buffer))
    case 'int-or-string':
      return decodeIntOrString(fieldsOf(value as Buffer))
    default:
      throw notImplemented(`read ${scalarName(shape)} as protobuf`)
  }
}

/** A time that was never set has no seconds. */
function decodeTime(fields: Field[]): Json | undefined {
  const seconds = fields.find(({ number }) => number === 1)?.value as bigint | undefined
  return seconds === undefined ? undefined : new Date(Number(BigInt.asIntN(64, seconds)) * 1000).toISOString()
}

function decodeIntOrString(fields: Field[]): Json {
  const of = (wanted: number) => fields.find(({ number }) => number === wanted)?.value
  return of(1) === 1n ? text(of(3) ?? Buffer.alloc(0)) : Number(BigInt.asIntN(64, (of(2) ?? 0n) as bigint))
}

const text = (value: Value): string => (value as Buffer).toString('utf8')

const bytesOf = (fields: Field[], wanted: number): Buffer =>
  (fields.find(({ number }) => number === wanted)?.value as Buffer | undefined) ?? Buffer.alloc(0)

/** The fields of a message as they are on the wire: numbers, and lengths of bytes (https://protobuf.dev/programming-guides/encoding/). */
function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw badRequest('the protobuf ends in the middle of a field')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const wireType = tag & 7
    if (wireType !== 0 && wireType !== 2) throw notImplemented(`read wire type ${wireType} of protobuf`)
    const number = tag >>> 3
    if (wireType === 0) {
      fields.push({ number, value: varint() })
      continue
    }
    const end = Number(varint()) + at
    fields.push({ number, value: bytes.subarray(at, end) })
    at = end
  }
  return fields
}
