import type { Json } from '../exchange.ts'
import { customKinds } from './custom-resources.ts'
import learned from './learned/schema.json' with { type: 'json' }

/** What the API server has to know of its kinds: a digest of kube-apiserver's OpenAPI v3, made by `learned/learn.ts`. */
export interface Schema {
  /** Definition of each served kind, by `<apiVersion>/<kind>`. */
  kinds: Record<string, string>
  definitions: Record<string, Definition>
}

/** A Go struct. */
export interface Definition {
  fields: Record<string, Shape>
  /** Fields that are written even when they are empty. */
  required?: string[]
  /** Defaults of scalars, which matter where the field is part of a list's key. */
  keyDefaults?: Record<string, Json>
  /** Server-side apply owns and replaces it as a whole. */
  atomic?: true
}

/**
 * The name of a definition or scalar, in Go's notation with `*` where it is a pointer, so that a zero that was given is
 * kept; `open` for JSON of any form, whose maps are owned piece by piece; or a list, or a map. A list without keys that is no set is owned as a whole.
 */
export type Shape = string | { list: Shape; keys?: string[]; set?: true } | { map: Shape; atomic?: true }

const schema = withCustomKinds(learned as Schema)

/** Objects of custom kinds are described down to their root fields; `open` is what goes on from there as it comes. */
function withCustomKinds({ kinds, definitions }: Schema): Schema {
  const all: Schema = { kinds: { ...kinds }, definitions: { ...definitions } }
  for (const { apiVersion, kind, custom } of customKinds) {
    const name = `${apiVersion.replace('/', '.')}.${kind}`
    const roots = ['spec', 'status', ...custom!.rootFields].map(field => [field, 'open'])
    const known = { apiVersion: 'string', kind: 'string', metadata: 'meta.v1.ObjectMeta' }
    all.kinds[`${apiVersion}/${kind}`] = name
    all.definitions[name] = { fields: { ...known, ...Object.fromEntries(roots) } }
  }
  return all
}

/** The shape of a kind that is served. */
export function shapeOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Shape {
  const name = findShape(apiVersion, kind)
  if (name === undefined) throw new Error(`no schema was learned for ${apiVersion} ${kind}`)
  return name
}

/** The name of a kind's definition, if one was learned. */
export const findShape = (apiVersion: string, kind: string): string | undefined => schema.kinds[`${apiVersion}/${kind}`]

/** The struct that a shape names, if it names one. */
export function definitionOf(shape: Shape | undefined): Definition | undefined {
  return typeof shape === 'string' ? schema.definitions[scalarName(shape)] : undefined
}

/** The name without the pointer's star. */
export const scalarName = (shape: string): string => (shape.startsWith('*') ? shape.slice(1) : shape)

/** Whether a given zero is kept, since Go holds a pointer. */
export const isPointer = (shape: Shape): boolean => typeof shape === 'string' && shape.startsWith('*')
