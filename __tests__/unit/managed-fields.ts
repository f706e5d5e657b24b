import type { KubernetesObject } from '../../src/kubernetes/cluster.ts'

type Fields = Record<string, unknown>

/** The object with one more manager in its managedFields, who owns what `fields` names in the form of FieldsV1. */
export const ownedBy = (manager: string, fields: Fields, object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    managedFields: [...(object.metadata.managedFields ?? []), { manager, operation: 'Apply', fieldsV1: fields }],
  },
})

/** FieldsV1 of a field of a workload's pod spec. */
export const inPodSpec = (fields: Fields): Fields => ({
  'f:spec': { 'f:template': { 'f:spec': fields } },
})
