import type { KubernetesObject, ManagedFieldsEntry } from '../../world.ts'
import { equalSets, type FieldSet, fromFieldsV1, toFieldsV1 } from './field-set.ts'

/** Who wrote, and how: what tells one owner of fields from another. */
export interface Owner {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource?: string
}

export interface Ownership extends Owner {
  fields: FieldSet
  time?: string
}

/** Owners by identity. */
export type Owners = Map<string, Ownership>

export const identityOf = ({ manager, operation, apiVersion, subresource = '' }: Owner): string =>
  JSON.stringify([operation, manager, apiVersion, subresource])

/** Who owns what on an object. */
export function ownersOf(object: KubernetesObject): Owners {
  const owners: Owners = new Map()
  for (const { fieldsV1, fieldsType: _, ...owner } of object.metadata.managedFields ?? []) {
    owners.set(identityOf(owner), { ...owner, fields: fromFieldsV1(fieldsV1) })
  }
  return owners
}

/** The entries of `metadata.managedFields`, in the API server's order. */
export function managedFieldsOf(owners: Owners): ManagedFieldsEntry[] {
  const order = (a: Ownership, b: Ownership) =>
    a.operation.localeCompare(b.operation) ||
    compareText(a.time, b.time) ||
    compareText(a.manager, b.manager) ||
    compareText(a.subresource, b.subresource)
  return [...owners.values()]
    .filter(({ fields }) => fields.size > 0)
    .sort(order)
    .map(({ fields, ...owner }) => ({ ...owner, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) }))
}

/** Whether two sets of owners own the same, whenever they came to it. */
export const sameOwners = (left: Owners, right: Owners): boolean =>
  left.size === right.size &&
  [...left].every(([identity, { fields }]) => {
    const other = right.get(identity)
    return other !== undefined && equalSets(fields, other.fields)
  })

/** The object with these owners in place of those that it had. */
export function withManagedFields(object: KubernetesObject, owners: Owners): KubernetesObject {
  const bare = withoutManagedFields(object)
  const managedFields = managedFieldsOf(owners)
  return managedFields.length > 0 ? { ...bare, metadata: { ...bare.metadata, managedFields } } : bare
}

export function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

const compareText = (left = '', right = '') => (left < right ? -1 : left > right ? 1 : 0)
