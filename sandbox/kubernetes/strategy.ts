import type { KubernetesObject } from '../world.ts'
import type { Resource } from './resources.ts'
import { equal } from './server-side-apply/typed-value.ts'

/** What a kind does with an object before it is stored: the rest.go strategies of k8s.io/kubernetes, pkg/registry. */
export interface Strategy {
  /** Top-level fields that writes through this endpoint leave alone, and so never own. */
  resetFields: readonly string[]
  /** Whether a PUT makes an object that is not there. */
  allowsCreateOnUpdate: boolean
  prepareForCreate(object: KubernetesObject): KubernetesObject
  prepareForUpdate(object: KubernetesObject, live: KubernetesObject): KubernetesObject
}

/** The strategy of a resource or of its status. */
export function strategyOf({ kind, apiVersion }: Resource, subresource = ''): Strategy {
  if (subresource === 'status') return statusOnly
  if (kind === 'Deployment') return workload(['spec', 'metadata.annotations'])
  if (kind === 'StatefulSet') return workload(['spec'])
  if (kind === 'Pod') return { ...workload(['spec']), prepareForCreate: newPod }
  if (kind === 'Namespace') return namespace
  return { ...plain, allowsCreateOnUpdate: apiVersion.startsWith('rbac.') }
}

const plain: Strategy = {
  resetFields: [],
  allowsCreateOnUpdate: false,
  prepareForCreate: object => withGeneration(object, undefined),
  prepareForUpdate: object => withGeneration(object, undefined),
}

const statusOnly: Strategy = {
  ...plain,
  resetFields: ['spec'],
  prepareForUpdate: (object, live) => ({
    ...live,
    metadata: { ...live.metadata, ...owned(object) },
    ...(object.status !== undefined && { status: object.status }),
  }),
}

/** Metadata that a write of the status carries over. */
const owned = ({ metadata: { managedFields } }: KubernetesObject) => (managedFields ? { managedFields } : {})

const workload = (counted: readonly string[]): Strategy => ({
  ...plain,
  resetFields: ['status'],
  prepareForCreate: object => withGeneration({ ...object, status: {} }, 1),
  prepareForUpdate: (object, live) => {
    const isSame = counted.every(path => equal(read(object, path) as never, read(live, path) as never))
    const before = live.metadata.generation ?? 0
    return withGeneration({ ...object, status: live.status }, isSame ? before : before + 1)
  },
})

const newPod = (pod: KubernetesObject): KubernetesObject =>
  withGeneration({ ...pod, status: { phase: 'Pending', qosClass: 'BestEffort' } }, 1)

const namespace: Strategy = {
  ...plain,
  resetFields: ['status'],
  prepareForCreate: object =>
    withGeneration({ ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }, undefined),
  prepareForUpdate: (object, live) => withGeneration({ ...object, spec: live.spec, status: live.status }, undefined),
}

function withGeneration(object: KubernetesObject, generation: number | undefined): KubernetesObject {
  const { generation: _, ...metadata } = object.metadata
  return { ...object, metadata: generation === undefined ? metadata : { ...metadata, generation } }
}

const read = (object: KubernetesObject, path: string): unknown =>
  path.split('.').reduce<any>((inner, field) => inner?.[field], object)
