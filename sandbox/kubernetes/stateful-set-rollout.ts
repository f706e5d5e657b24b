import type { KubernetesObject } from '../world.ts'
import { isReady } from './pod-status.ts'
import { isCurrent, revisionLabel } from './pods.ts'
import { revisionOf } from './revision.ts'
import {
  arrived,
  type Behaviour,
  counted,
  type Progress,
  unreadyState,
  type Wanted,
  type Workload,
} from './workload.ts'

/**
 * One pod after the other: missing ones from ordinal 0 upwards, then outdated ones from the highest downwards; the next
 * one waits until the one before is up. `Parallel` makes missing ones at once, `OnDelete` leaves outdated ones alone.
 */
export function statefulSetPods(
  workload: Workload,
  own: KubernetesObject[],
  behaviour: Behaviour,
  progress: Progress,
): Wanted[] {
  const { replicas, updateStrategy, podManagementPolicy } = workload.spec
  const names = Array.from({ length: replicas }, (_, ordinal) => `${workload.metadata.name}-${ordinal}`)
  const found = new Map(own.map(pod => [pod.metadata.name, pod]))
  const isUp = (name: string) => isNew(name) && isReady(found.get(name)!)
  const isNew = (name: string) => found.has(name) && isCurrent(found.get(name)!, workload)

  const up = names.filter(isUp)
  const coming = names.filter(name => isNew(name) && !isUp(name))
  const missing = names.filter(name => !found.has(name))
  const outdated = names.filter(name => found.has(name) && !isNew(name)).reverse()
  const order = [...up, ...coming, ...missing, ...(updateStrategy?.type === 'OnDelete' ? [] : outdated)]
  const ready = Math.max(up.length, arrived(order.length, behaviour, progress))
  const atOnce = podManagementPolicy === 'Parallel' ? up.length + coming.length + missing.length : 0
  const begun = order.slice(0, Math.max(ready + 1, atOnce))

  return names.flatMap((name): Wanted[] => {
    const pod = found.get(name)
    if (!begun.includes(name)) return pod ? [{ pod }] : []
    const state = order.indexOf(name) < ready ? 'ready' : unreadyState(behaviour)
    return pod && isNew(name) ? [{ pod, state }] : [{ name, state }]
  })
}

/** The status of a StatefulSet with these pods. */
export function statefulSetStatus(workload: Workload, pods: KubernetesObject[]): Record<string, unknown> {
  const { name } = workload.metadata
  const updateRevision = `${name}-${revisionOf(workload)}`
  const revisionsOfPods = pods.map(pod => `${name}-${pod.metadata.labels?.[revisionLabel(workload)]}`)
  const updated = revisionsOfPods.filter(revision => revision === updateRevision).length
  const ready = pods.filter(isReady).length
  const isComplete = updated === workload.spec.replicas && ready === workload.spec.replicas
  const old = revisionsOfPods.find(revision => revision !== updateRevision)
  const currentRevision = isComplete ? updateRevision : (workload.status.currentRevision ?? old ?? updateRevision)
  const current = revisionsOfPods.filter(revision => revision === currentRevision).length
  return {
    observedGeneration: workload.metadata.generation,
    replicas: pods.length,
    availableReplicas: ready,
    ...counted({ readyReplicas: ready, currentReplicas: current, updatedReplicas: updated }),
    ...{ currentRevision, updateRevision, collisionCount: 0 },
  }
}
