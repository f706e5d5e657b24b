import type { KubernetesObject } from '../world.ts'
import { type Condition, isReady } from './pod-status.ts'
import { isCurrent } from './pods.ts'
import { revisionOf, suffix } from './revision.ts'
import {
  arrived,
  type Behaviour,
  counted,
  type Progress,
  unreadyState,
  type Wanted,
  type Workload,
} from './workload.ts'

/** Rolls within maxSurge and maxUnavailable; `Recreate` removes the old pods first. A pod that is up stays up. */
export function deploymentPods(
  workload: Workload,
  own: KubernetesObject[],
  behaviour: Behaviour,
  progress: Progress,
): Wanted[] {
  const { replicas, paused } = workload.spec
  if (paused) return own.map(pod => ({ pod }))
  const current = own.filter(pod => isCurrent(pod, workload)).sort((a, b) => Number(isReady(b)) - Number(isReady(a)))
  const ready = Math.min(replicas, Math.max(current.filter(isReady).length, arrived(replicas, behaviour, progress)))
  const { surge, unavailable } = limitsOf(workload)
  const old = own.filter(pod => !isCurrent(pod, workload)).slice(0, Math.max(0, replicas - unavailable - ready))
  const total = Math.max(ready, Math.min(replicas, replicas + surge - old.length))
  const made = Array.from({ length: total }, (_, index): Wanted => {
    const state = index < ready ? 'ready' : unreadyState(behaviour)
    const pod = current[index]
    return pod ? { pod, state } : { name: podName(workload, index), state }
  })
  return [...old.map(pod => ({ pod })), ...made]
}

/** How many pods there may be too many, and too few, while a Deployment rolls out. */
function limitsOf({ spec: { replicas, strategy } }: Workload): { surge: number; unavailable: number } {
  if (strategy?.type === 'Recreate') return { surge: 0, unavailable: replicas }
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {}
  const surge = portion(maxSurge, replicas, Math.ceil)
  const unavailable = portion(maxUnavailable, replicas, Math.floor)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

/** How many pods a Deployment is available without: where it is `Recreate`, it takes all of them. */
const spareOf = (workload: Workload): number =>
  workload.spec.strategy?.type === 'Recreate' ? 0 : limitsOf(workload).unavailable

/** A number, or a percentage of the replicas. */
const portion = (value: number | string, replicas: number, round: (share: number) => number): number =>
  typeof value === 'number' ? value : round((replicas * Number.parseInt(value, 10)) / 100)

function podName(workload: Workload, index: number): string {
  const { name, uid, generation } = workload.metadata
  return `${name}-${revisionOf(workload)}-${suffix(`${uid}/${generation}/${index}`)}`
}

/** The status of a Deployment with these pods. */
export function deploymentStatus(
  workload: Workload,
  pods: KubernetesObject[],
  time: string,
  refusal?: string,
): Record<string, unknown> {
  const { replicas } = workload.spec
  const updated = pods.filter(pod => isCurrent(pod, workload)).length
  const ready = pods.filter(isReady).length
  const before = (workload.status.conditions ?? []) as Condition[]
  const isComplete = updated === replicas && pods.length === replicas && ready === replicas
  return {
    observedGeneration: workload.metadata.generation,
    ...counted({ replicas: pods.length, updatedReplicas: updated, readyReplicas: ready, availableReplicas: ready }),
    ...counted({ unavailableReplicas: Math.max(replicas, pods.length) - ready }),
    conditions: [
      stamped(availability(ready >= replicas - spareOf(workload)), before, time),
      stamped(progression(workload, isComplete, before, time), before, time),
      ...(refusal ? [stamped(replicaFailure(refusal), before, time)] : []),
    ],
  }
}

type Finding = Pick<Condition, 'type' | 'status'> & { reason: string; message: string }

const availability = (isAvailable: boolean): Finding =>
  isAvailable
    ? {
        ...{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
        message: 'Deployment has minimum availability.',
      }
    : {
        ...{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' },
        message: 'Deployment does not have minimum availability.',
      }

/** The ReplicaSet could not make a pod: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment */
const replicaFailure = (message: string): Finding => ({
  ...{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
  message,
})

/** A rollout that makes no progress for `progressDeadlineSeconds` is given up, which changes nothing but the condition. */
function progression(workload: Workload, isComplete: boolean, before: Condition[], time: string): Finding {
  const set = `ReplicaSet "${workload.metadata.name}-${revisionOf(workload)}"`
  const type = 'Progressing'
  if (isComplete) {
    return { type, status: 'True', reason: 'NewReplicaSetAvailable', message: `${set} has successfully progressed.` }
  }
  const known = before.find(condition => condition.type === type && condition.message?.startsWith(set))
  const seconds = known?.lastUpdateTime ? (Date.parse(time) - Date.parse(known.lastUpdateTime)) / 1000 : 0
  return seconds > (workload.spec.progressDeadlineSeconds ?? 600)
    ? { type, status: 'False', reason: 'ProgressDeadlineExceeded', message: `${set} has timed out progressing.` }
    : { type, status: 'True', reason: 'ReplicaSetUpdated', message: `${set} is progressing.` }
}

/** The condition with its times, which stay where nothing changed. */
function stamped(finding: Finding, before: Condition[], time: string): Condition {
  const { type, status, reason, message } = finding
  const known = before.find(condition => condition.type === type)
  if (known?.status === status && known.reason === reason && known.message === message) return known
  const lastTransitionTime = known?.status === status ? known.lastTransitionTime : time
  return { type, status, lastUpdateTime: time, lastTransitionTime, reason, message }
}
