import type { KubernetesObject } from '../world.ts'

/** Who writes an object, as managedFields remember it. */
export interface Writer {
  manager: string
  operation: 'Apply' | 'Update'
}

/** `kubectl apply` as most people run it: the three-way merge happens in kubectl, the server sees updates. */
export const kubectlApply: Writer = { manager: 'kubectl-client-side-apply', operation: 'Update' }

/** An object with the annotation in which `kubectl apply` remembers what it was given. */
export function lastApplied(object: KubernetesObject): KubernetesObject {
  const { metadata, ...rest } = object
  const given = { ...rest, metadata: { ...metadata, annotations: metadata.annotations ?? {} } }
  const annotation = { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(given)}\n` }
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotation } } }
}
