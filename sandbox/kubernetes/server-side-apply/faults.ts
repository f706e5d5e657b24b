import type { Json } from '../../exchange.ts'
import { definitionOf, type Shape, scalarName } from '../schema.ts'
import { renderElement } from './field-set.ts'
import { keyElement } from './typed-value.ts'

/** Why a configuration is no value of its kind, as `<path>: <fault>`: it is judged stricter than a body that is decoded. */
export function faultsOf(shape: Shape, value: Json, path = ''): string[] {
  if (value === null) return []
  const definition = definitionOf(shape)
  if (definition) {
    if (!isMap(value)) return [fault(path, `expected map, got &{${show(value)}}`)]
    return Object.entries(value).flatMap(([field, inner]) => {
      const innerShape = definition.fields[field]
      const at = `${path}.${field}`
      return innerShape === undefined ? [fault(at, 'field not declared in schema')] : faultsOf(innerShape, inner, at)
    })
  }
  if (typeof shape === 'string') return scalarFaults(scalarName(shape), value, path)
  if ('map' in shape) {
    if (!isMap(value)) return [fault(path, `expected map, got &{${show(value)}}`)]
    return Object.entries(value).flatMap(([key, inner]) => faultsOf(shape.map, inner, `${path}.${key}`))
  }
  return Array.isArray(value) ? itemFaults(shape, value, path) : [fault(path, `expected list, got &{${show(value)}}`)]
}

function itemFaults(shape: Extract<Shape, { list: Shape }>, items: Json[], path: string): string[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    if (!shape.keys && !shape.set) return faultsOf(shape.list, item, `${path}[${index}]`)
    const element = shape.keys
      ? keyElement(shape.list, shape.keys, item as { [key: string]: Json })
      : `v:${JSON.stringify(item)}`
    const at = renderElement(element)
    const repeated = seen.has(element) ? [fault(path, `duplicate entries for key ${at}`)] : []
    seen.add(element)
    return [...repeated, ...faultsOf(shape.list, item, `${path}${at}`)]
  })
}

function scalarFaults(name: string, value: Json, path: string): string[] {
  const is = typeof value
  const given = `got &value.valueUnstructured{Value:${show(value)}}`
  if (['string', 'time', 'bytes'].includes(name))
    return is === 'string' ? [] : [fault(path, `expected string, ${given}`)]
  if (name === 'boolean') return is === 'boolean' ? [] : [fault(path, `expected boolean, ${given}`)]
  if (name === 'integer' || name === 'number')
    return is === 'number' ? [] : [fault(path, `expected numeric (int or float), got ${is}`)]
  return []
}

const fault = (path: string, what: string): string => (path ? `${path}: ${what}` : what)

const isMap = (value: Json): value is { [key: string]: Json } => typeof value === 'object' && !Array.isArray(value)

const show = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))
