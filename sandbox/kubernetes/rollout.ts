/**
 * How Deployments and StatefulSets roll out: pure functions, so that the same play runs on the embedded server and,
 * through the /status subresource, on a real kube-apiserver, which has no controllers of its own.
 */
import type { KubernetesObject, RolloutBehaviour } from '../world.ts'
import { type Condition, isOwnedBy, isReady, type PodState, podOf, podStatus, revisionOf } from './pods.ts'

export type Behaviour = RolloutBehaviour[string]

/** A Deployment or StatefulSet, defaults filled in. */
export interface Workload extends KubernetesObject {
  spec: {
    replicas: number
    paused?: boolean
    progressDeadlineSeconds?: number
    strategy?: { type: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } }
    updateStrategy?: { type: string }
    podManagementPolicy?: string
    selector: { matchLabels?: Record<string, string> }
    template: { metadata?: Record<string, unknown>; spec: Record<string, any> }
    [field: string]: unknown
  }
  status: Record<string, any>
}

/** How far a rollout is: the read that is being answered, of how many until it is over. */
export interface Progress {
  step: number
  of: number
  /** Now, RFC 3339. */
  time: string
}

/** What the controllers change in one step; the workload's pods that are in neither list stay. */
export interface Step {
  /** The next `status` of the workload. */
  status: Record<string, unknown>
  /** Pods to make, status included, and to remove, by name; removals come first, StatefulSets use a name again. */
  create: KubernetesObject[]
  remove: string[]
  /** Pods whose status changed. */
  update: KubernetesObject[]
}

/** How a workload's rollout ends: by its name or `*`, else it completes. */
export const behaviourOf = (rollouts: RolloutBehaviour, workload: KubernetesObject): Behaviour =>
  rollouts[workload.metadata.name] ?? rollouts['*'] ?? 'completes'

/** The pods of a workload, old and new, among those of its namespace. */
export const podsOf = (workload: KubernetesObject, pods: KubernetesObject[]): KubernetesObject[] =>
  pods.filter(pod => isOwnedBy(pod, workload))

/** One step towards what the template asks for, given the pods that the workload has. */
export function advance(workload: Workload, pods: KubernetesObject[], behaviour: Behaviour, progress: Progress): Step {
  const own = podsOf(workload, pods)
  const wanted =
    workload.kind === 'StatefulSet'
      ? statefulSetPods(workload, own, behaviour, progress)
      : deploymentPods(workload, own, behaviour, progress)
  const kept = new Set(wanted.filter(({ pod }) => pod).map(({ pod }) => pod!.metadata.name))
  const create = wanted.flatMap(({ pod, name, state }) => (pod ? [] : [podOf(workload, name, state, progress.time)]))
  const update = wanted.flatMap(({ pod, state }) => (pod && state ? changedPod(pod, state, progress.time) : []))
  const after = [
    ...wanted.flatMap(({ pod }) => (pod ? [update.find(each => each.metadata.name === pod.metadata.name) ?? pod] : [])),
    ...create,
  ]
  const status =
    workload.kind === 'StatefulSet'
      ? statefulSetStatus(workload, after)
      : deploymentStatus(workload, after, progress.time)
  return { status, create, update, remove: own.map(pod => pod.metadata.name).filter(name => !kept.has(name)) }
}

/** A pod that there shall be after the step: an existing one, with a state if it may change, or a new one by name. */
type Wanted =
  | { pod: KubernetesObject; state?: PodState; name?: undefined }
  | { pod?: undefined; name: string; state: PodState }

/** Rolling update within maxSurge and maxUnavailable; Recreate removes the old ones first. */
function deploymentPods(
  workload: Workload,
  own: KubernetesObject[],
  behaviour: Behaviour,
  { step, of }: Progress,
): Wanted[] {
  const { replicas, strategy, paused } = workload.spec
  const revision = revisionOf(workload)
  const isNew = (pod: KubernetesObject) => pod.metadata.labels?.['pod-template-hash'] === revision
  const old = own.filter(pod => !isNew(pod))
  if (paused) return own.map(pod => ({ pod }))
  const ready = behaviour === 'completes' ? Math.floor((replicas * Math.min(step, of)) / Math.max(of, 1)) : 0
  const readyCount = step >= of && behaviour === 'completes' ? replicas : ready
  const isRecreated = strategy?.type === 'Recreate'
  const surge = isRecreated ? 0 : count(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil)
  const missing = count(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor)
  const least = isRecreated ? 0 : Math.max(0, replicas - (surge === 0 ? Math.max(missing, 1) : missing) - readyCount)
  const keptOld = old.slice(0, least)
  const total = Math.min(replicas, replicas + surge - keptOld.length)
  const existing = own.filter(isNew)
  const made: Wanted[] = Array.from({ length: Math.max(total, readyCount) }, (_, index) => {
    const state = index < readyCount ? 'ready' : unreadyState(behaviour)
    const pod = existing[index]
    return pod ? { pod, state } : { name: deploymentPodName(workload, revision, index), state }
  })
  return [...keptOld.map(pod => ({ pod })), ...made]
}

/** One pod after the other: missing ones from ordinal 0 upwards, then outdated ones from the highest downwards. */
function statefulSetPods(
  workload: Workload,
  own: KubernetesObject[],
  behaviour: Behaviour,
  { step, of }: Progress,
): Wanted[] {
  const { replicas, updateStrategy, podManagementPolicy } = workload.spec
  const revision = revisionOf(workload)
  const names = Array.from({ length: replicas }, (_, ordinal) => `${workload.metadata.name}-${ordinal}`)
  const found = new Map(own.map(pod => [pod.metadata.name, pod]))
  const isNew = (name: string) => found.get(name)?.metadata.labels?.['controller-revision-hash'] === revision
  const isOutdated = (name: string) => found.has(name) && !isNew(name)
  const outdated = updateStrategy?.type === 'OnDelete' ? [] : names.filter(isOutdated).reverse()
  const order = [...names.filter(isNew), ...names.filter(name => !found.has(name)), ...outdated]
  const share = behaviour === 'completes' ? (step >= of ? order.length : Math.floor((order.length * step) / of)) : 0
  const ready = Math.max(
    share,
    behaviour === 'completes' ? order.filter(name => isNew(name) && isReady(found.get(name)!)).length : 0,
  )
  const inFlight = podManagementPolicy === 'Parallel' && outdated.length === 0 ? order.length : ready + 1
  return names.flatMap((name): Wanted[] => {
    const place = order.indexOf(name)
    const pod = found.get(name)
    if (place < 0 || place >= inFlight) return pod ? [{ pod }] : []
    const state = place < ready ? 'ready' : unreadyState(behaviour)
    return pod && isNew(name) ? [{ pod, state }] : [{ name, state }]
  })
}

const unreadyState = (behaviour: Behaviour): PodState => {
  if (behaviour === 'image pull fails') return 'ImagePullBackOff'
  return behaviour === 'crash loops' ? 'CrashLoopBackOff' : 'ContainerCreating'
}

function changedPod(pod: KubernetesObject, state: PodState, time: string): KubernetesObject[] {
  const status = podStatus(pod, state, time)
  const before = pod.status as { containerStatuses?: { state?: object }[] } | undefined
  const isSame = before?.containerStatuses?.length && stateOf(before) === stateOf(status)
  return isSame ? [] : [{ ...pod, status }]
}

const stateOf = (status: { containerStatuses?: { state?: object }[] }): string =>
  JSON.stringify(
    status.containerStatuses?.map(({ state = {} }) => [
      Object.keys(state),
      Object.values(state).map((each: any) => each.reason),
    ]),
  )

function deploymentStatus(workload: Workload, pods: KubernetesObject[], time: string): Record<string, unknown> {
  const { replicas, strategy, progressDeadlineSeconds = 600 } = workload.spec
  const revision = revisionOf(workload)
  const updated = pods.filter(pod => pod.metadata.labels?.['pod-template-hash'] === revision)
  const ready = pods.filter(isReady).length
  const isComplete = updated.length === replicas && pods.length === replicas && ready === replicas
  const least = replicas - count(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor)
  const set = `ReplicaSet "${workload.metadata.name}-${revision}"`
  const available =
    ready >= least
      ? ['True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.']
      : ['False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.']
  const before = (workload.status.conditions ?? []) as Condition[]
  const began = before.find(({ type, message }) => type === 'Progressing' && message.startsWith(set))?.lastUpdateTime
  const isLate = began !== undefined && Date.parse(time) - Date.parse(began) > progressDeadlineSeconds * 1000
  const progressing = isComplete
    ? ['True', 'NewReplicaSetAvailable', `${set} has successfully progressed.`]
    : isLate
      ? ['False', 'ProgressDeadlineExceeded', `${set} has timed out progressing.`]
      : ['True', 'ReplicaSetUpdated', `${set} is progressing.`]
  return {
    observedGeneration: workload.metadata.generation,
    ...counted({
      replicas: pods.length,
      updatedReplicas: updated.length,
      readyReplicas: ready,
      availableReplicas: ready,
    }),
    ...counted({ unavailableReplicas: Math.max(0, Math.max(replicas, pods.length) - ready) }),
    conditions: [condition('Available', available, before, time), condition('Progressing', progressing, before, time)],
  }
}

function condition(
  type: string,
  [status = '', reason = '', message = '']: string[],
  before: Condition[],
  time: string,
) {
  const known = before.find(each => each.type === type)
  if (known?.status === status && known.reason === reason && known.message === message) return known
  const lastTransitionTime = known?.status === status ? known.lastTransitionTime : time
  return { type, status, lastUpdateTime: time, lastTransitionTime, reason, message }
}

function statefulSetStatus(workload: Workload, pods: KubernetesObject[]): Record<string, unknown> {
  const name = workload.metadata.name
  const updateRevision = `${name}-${revisionOf(workload)}`
  const revisionsOf = (pod: KubernetesObject) => pod.metadata.labels?.['controller-revision-hash']
  const updated = pods.filter(pod => `${name}-${revisionsOf(pod)}` === updateRevision)
  const old = pods.find(pod => !updated.includes(pod))
  const ready = pods.filter(isReady).length
  const isComplete = updated.length === workload.spec.replicas && ready === workload.spec.replicas
  const currentRevision = isComplete
    ? updateRevision
    : (workload.status.currentRevision ?? (old ? `${name}-${revisionsOf(old)}` : updateRevision))
  const current = pods.filter(pod => `${name}-${revisionsOf(pod)}` === currentRevision).length
  return {
    observedGeneration: workload.metadata.generation,
    replicas: pods.length,
    availableReplicas: ready,
    ...counted({ readyReplicas: ready, currentReplicas: current, updatedReplicas: updated.length }),
    ...{ currentRevision, updateRevision, collisionCount: 0 },
  }
}

/** Go leaves a zero count out. */
const counted = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, many]) => many > 0))

/** maxSurge and maxUnavailable: a number, or a percentage of the replicas. */
const count = (value: number | string, replicas: number, round: (share: number) => number): number =>
  typeof value === 'number' ? value : round((replicas * Number.parseInt(value, 10)) / 100)

const deploymentPodName = (workload: Workload, revision: string, index: number): string =>
  `${workload.metadata.name}-${revision}-${suffix(`${workload.metadata.uid}/${workload.metadata.generation}/${index}`)}`

import { suffix } from './pods.ts'
