import type { KubernetesObject } from '../../world.ts'
import type { StatusCause } from '../status.ts'
import { eachFault, forbidden, invalid, required, unless } from './faults.ts'
import { labelValue, qualifiedName } from './formats.ts'

export type NameRule = (name: string) => string[]

export function validateMetadata(
  { metadata }: KubernetesObject,
  nameRule: NameRule,
  namespaced: boolean,
): StatusCause[] {
  const { name, namespace = '', labels, annotations, ownerReferences = [] } = metadata
  const generateName = metadata.generateName as string | undefined
  return [
    // A generated name ends with more than the prefix, which may therefore end with a dash.
    ...(generateName ? eachFault('metadata.generateName', generateName.replace(/-+$/, 'a'), nameRule) : []),
    ...(name
      ? eachFault('metadata.name', name, nameRule)
      : [required('metadata.name', 'name or generateName is required')]),
    ...unless(namespaced || !namespace, forbidden('metadata.namespace', 'not allowed on this type')),
    ...validateLabels('metadata.labels', labels),
    ...validateAnnotations('metadata.annotations', annotations),
    ...ownerReferences.flatMap((owner, index) => validateOwner(`metadata.ownerReferences[${index}]`, owner)),
    ...((metadata.finalizers as string[] | undefined) ?? []).flatMap(each =>
      eachFault('metadata.finalizers', each, qualifiedName),
    ),
  ]
}

/** A finalizer is one of Kubernetes' own or has a domain. */
export function validateFinalizers({ metadata }: KubernetesObject): StatusCause[] {
  const why = 'name is neither a standard finalizer name nor is it fully qualified'
  const standard = ['kubernetes', 'orphan', 'foregroundDeletion']
  return ((metadata.finalizers as string[] | undefined) ?? []).flatMap((finalizer, index) =>
    finalizer.includes('/') || standard.includes(finalizer)
      ? []
      : [invalid(`metadata.finalizers[${index}]`, finalizer, why)],
  )
}

/** What an update may not change: identity. */
export function validateMetadataUpdate({ metadata }: KubernetesObject, live: KubernetesObject): StatusCause[] {
  const immutable = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const
  return immutable
    .filter(field => (metadata[field] ?? '') !== (live.metadata[field] ?? ''))
    .map(field => invalid(`metadata.${field}`, metadata[field], 'field is immutable'))
}

export const validateLabels = (field: string, labels: Record<string, string> = {}): StatusCause[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...eachFault(field, key, qualifiedName),
    ...eachFault(field, value, labelValue),
  ])

export const validateAnnotations = (field: string, annotations: Record<string, string> = {}): StatusCause[] =>
  Object.keys(annotations).flatMap(key => qualifiedName(key.toLowerCase()).map(detail => invalid(field, key, detail)))

function validateOwner(
  field: string,
  owner: { apiVersion: string; kind: string; name: string; uid: string },
): StatusCause[] {
  return [
    ...unless(owner.apiVersion, invalid(`${field}.apiVersion`, '', 'version must not be empty')),
    ...(['kind', 'name', 'uid'] as const)
      .filter(part => !owner[part])
      .map(part => invalid(`${field}.${part}`, '', 'must not be empty')),
  ]
}
