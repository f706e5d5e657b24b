import type { KubernetesObject } from '../world.ts'
import { decode } from './decode.ts'
import type { Resource } from './resources.ts'
import { equal } from './server-side-apply/typed-value.ts'

/** What a kind does with an object before it is stored: the strategies of k8s.io/kubernetes, pkg/registry. */
export interface Strategy {
  /** Fields, as `status` or `metadata.labels`, that writes through this endpoint leave alone, and so never own. */
  resetFields: readonly string[]
  /** Whether a PUT makes an object that is not there. */
  allowsCreateOnUpdate: boolean
  prepareForCreate(object: KubernetesObject): KubernetesObject
  prepareForUpdate(object: KubernetesObject, live: KubernetesObject): KubernetesObject
}

/** The strategy of a resource, or of its status. */
export function strategyOf({ kind, custom, subresources }: Resource, subresource = ''): Strategy {
  if (subresource === 'status') return statuses[kind] ?? statusWith('spec')
  if (custom) return subresources?.status ? counting('spec') : countingAll(custom.rootFields)
  return strategies[kind] ?? plain
}

const plain: Strategy = {
  resetFields: [],
  allowsCreateOnUpdate: false,
  prepareForCreate: object => withGeneration(object, undefined),
  prepareForUpdate: object => withGeneration(object, undefined),
}

/** Kinds that count their generations: `counted` are the fields of which a change makes a new one. */
const counting = (...counted: string[]): Strategy => ({
  ...plain,
  resetFields: ['status'],
  prepareForCreate: object => withGeneration({ ...object, status: decode(object, {}).object.status }, 1),
  prepareForUpdate: (object, live) => {
    const isSame = counted.every(path => equal(valueAt(object, path), valueAt(live, path)))
    const before = live.metadata.generation ?? 0
    return withGeneration({ ...object, status: live.status }, isSame ? before : before + 1)
  },
})

/** Without the subresource `status` a custom kind's status is a field as any other. */
const countingAll = (rootFields: readonly string[]): Strategy => ({
  ...plain,
  prepareForCreate: object => withGeneration(object, 1),
  prepareForUpdate: (object, live) => {
    const isSame = ['spec', 'status', ...rootFields].every(field => equal(object[field], live[field]))
    const before = live.metadata.generation ?? 0
    return withGeneration(object, isSame ? before : before + 1)
  },
})

/** Roles and bindings may be made by PUT. What is stored does not tell a role with an empty list of rules from one without. */
const granting: Strategy = {
  ...plain,
  allowsCreateOnUpdate: true,
  prepareForCreate: object => plain.prepareForCreate(withoutEmptyRules(object)),
  prepareForUpdate: (object, live) => plain.prepareForUpdate(withoutEmptyRules(object), live),
}

const withoutEmptyRules = (object: KubernetesObject): KubernetesObject =>
  Array.isArray(object.rules) && object.rules.length === 0 ? { ...object, rules: null } : object

const strategies: Record<string, Strategy> = {
  ClusterRole: granting,
  ClusterRoleBinding: granting,
  Role: granting,
  RoleBinding: granting,
  Deployment: counting('spec', 'metadata.annotations'),
  StatefulSet: counting('spec'),
  Pod: {
    ...counting('spec'),
    prepareForCreate: pod => {
      const admitted = withTolerations(pod, { priority: 0, preemptionPolicy: 'PreemptLowerPriority' })
      const status = { phase: 'Pending', qosClass: qosClassOf(pod.spec as NewPodSpec) }
      return withGeneration({ ...admitted, status }, 1)
    },
    prepareForUpdate: (pod, live) => {
      const { priority, preemptionPolicy } = live.spec as NewPodSpec
      return counting('spec').prepareForUpdate(withTolerations(pod, { priority, preemptionPolicy }), live)
    },
  },
  Namespace: {
    ...plain,
    resetFields: ['status'],
    prepareForCreate: object =>
      withGeneration({ ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }, undefined),
    prepareForUpdate: (object, live) =>
      withGeneration({ ...object, spec: live.spec, status: live.status }, live.metadata.generation),
  },
}

/** What the admission plugins Priority and DefaultTolerationSeconds add to a pod. */
function withTolerations(
  pod: KubernetesObject,
  priority: Pick<NewPodSpec, 'priority' | 'preemptionPolicy'>,
): KubernetesObject {
  const spec = pod.spec as NewPodSpec
  const { tolerations = [] } = spec
  const isTolerated = (taint: string) =>
    tolerations.some(({ key, effect }) => (key ?? taint) === taint && (effect ?? 'NoExecute') === 'NoExecute')
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter(taint => !isTolerated(taint))
    .map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }))
  return { ...pod, spec: { ...priority, ...spec, tolerations: [...tolerations, ...added] } }
}

interface NewPodSpec {
  containers: Container[] | null
  initContainers?: Container[]
  tolerations?: { key?: string; effect?: string }[]
  priority?: number | undefined
  preemptionPolicy?: string | undefined
}

interface Container {
  resources: { limits?: Record<string, string>; requests?: Record<string, string> }
}

/** Guaranteed where every container's requests are its limits, Burstable where there are any, else BestEffort. */
function qosClassOf({ containers, initContainers = [] }: NewPodSpec): string {
  const amounts = [...(containers ?? []), ...initContainers].map(({ resources }) => ({
    limits: {},
    requests: {},
    ...resources,
  }))
  const counted = ['cpu', 'memory']
  if (amounts.every(({ limits, requests }) => counted.every(name => !limits[name] && !requests[name])))
    return 'BestEffort'
  const isGuaranteed = amounts.every(({ limits, requests }) =>
    counted.every(name => limits[name] !== undefined && requests[name] === limits[name]),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

/** Writes of the status leave these fields as they are. */
const statusWith = (...kept: string[]): Strategy => ({
  ...plain,
  resetFields: kept,
  prepareForUpdate: (object, live) => {
    const restored = kept.reduce((written, path) => withValue(written, path, valueAt(live, path)), object)
    return withGeneration(restored, live.metadata.generation)
  },
})

const statuses: Record<string, Strategy> = {
  Deployment: statusWith('spec', 'metadata.labels'),
  Pod: {
    ...statusWith('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'),
    prepareForUpdate: (pod, live) => {
      const kept = statusWith('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences')
      const { qosClass } = live.status as { qosClass?: string }
      const status = { ...(qosClass && { qosClass }), ...(pod.status as object) }
      return kept.prepareForUpdate({ ...pod, status }, live)
    },
  },
}

function withGeneration(object: KubernetesObject, generation: number | undefined): KubernetesObject {
  const { generation: _, ...metadata } = object.metadata
  return { ...object, metadata: generation === undefined ? metadata : { ...metadata, generation } }
}

function valueAt(object: KubernetesObject, path: string): unknown {
  return path.startsWith('metadata.') ? object.metadata[path.slice('metadata.'.length)] : object[path]
}

function withValue(object: KubernetesObject, path: string, value: unknown): KubernetesObject {
  const field = path.replace(/^metadata\./, '')
  const holder = field === path ? object : object.metadata
  const { [field]: _, ...rest } = holder as Record<string, unknown>
  const changed = value === undefined ? rest : { ...rest, [field]: value }
  return (field === path ? changed : { ...object, metadata: changed }) as unknown as KubernetesObject
}
