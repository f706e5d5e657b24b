import type { KubernetesObject } from '../world.ts'
import { type PodState, podStatus } from './pod-status.ts'
import { hash, revisionOf } from './revision.ts'
import type { Workload } from './workload.ts'

/** The pod that a workload's controller makes, as it is in the given state. */
export function podOf(workload: Workload, name: string, state: PodState, time: string): KubernetesObject {
  const { template } = workload.spec
  const { labels, annotations } = template.metadata ?? {}
  const { namespace } = workload.metadata
  const isStateful = workload.kind === 'StatefulSet'
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: isStateful ? `${workload.metadata.name}-` : `${workload.metadata.name}-${revisionOf(workload)}-`,
      ...(namespace && { namespace }),
      labels: { ...labels, ...marksOf(workload, name) },
      ...(annotations && { annotations }),
      ownerReferences: [{ ...ownerOf(workload), controller: true, blockOwnerDeletion: true }],
    },
    spec: { ...template.spec, nodeName: 'aks-nodepool1-00000000-vmss000000', ...(isStateful && { hostname: name }) },
  }
  return { ...pod, status: podStatus(pod, state, time) }
}

/** Whether the pod belongs to the workload, whatever its template was. */
export function isOwnedBy(pod: KubernetesObject, workload: KubernetesObject): boolean {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)
  if (!owner || pod.metadata.namespace !== workload.metadata.namespace) return false
  if (workload.kind === 'StatefulSet') return owner.kind === 'StatefulSet' && owner.name === workload.metadata.name
  const revision = pod.metadata.labels?.['pod-template-hash']
  return owner.kind === 'ReplicaSet' && owner.name === `${workload.metadata.name}-${revision}`
}

/** Whether the pod was made from the template as it is now. */
export const isCurrent = (pod: KubernetesObject, workload: Workload): boolean =>
  pod.metadata.labels?.[revisionLabel(workload)] === revisionOf(workload)

/** The label that holds the hash of the template. */
export const revisionLabel = ({ kind }: KubernetesObject): string =>
  kind === 'StatefulSet' ? 'controller-revision-hash' : 'pod-template-hash'

function marksOf(workload: Workload, name: string): Record<string, string> {
  const revision = { [revisionLabel(workload)]: revisionOf(workload) }
  if (workload.kind === 'Deployment') return revision
  const ordinal = name.slice(workload.metadata.name.length + 1)
  return { 'apps.kubernetes.io/pod-index': ordinal, ...revision, 'statefulset.kubernetes.io/pod-name': name }
}

/** A Deployment's pods belong to a ReplicaSet, which the sandbox does not store: its uid follows from the Deployment's. */
function ownerOf(workload: Workload) {
  const { name, uid = '' } = workload.metadata
  if (workload.kind === 'StatefulSet') return { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid }
  const set = `${name}-${revisionOf(workload)}`
  const digits = ['high', 'low'].map(part => hash(`${uid}/${set}/${part}`).toString(16).padStart(8, '0')).join('')
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, uid: `${uid.slice(0, 24)}${digits.slice(0, 12)}` }
}
