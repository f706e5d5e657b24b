import type { KubernetesObject, RolloutBehaviour } from '../world.ts'
import type { PodState } from './pod-status.ts'

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
    template: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
      spec: Record<string, unknown>
    }
    [field: string]: unknown
  }
  status: Record<string, unknown>
}

/** How far a rollout is: the read that is being answered, of how many until it is over. */
export interface Progress {
  step: number
  of: number
  /** Now, RFC 3339. */
  time: string
}

/** A pod that there shall be after a step: one that stays, in a state if that may change, or a new one by name. */
export type Wanted =
  | { pod: KubernetesObject; state?: PodState; name?: undefined }
  | { pod?: undefined; state: PodState; name: string }

/** How many of a number of pods have come up by now: a share that grows from read to read, and none if they never do. */
export function arrived(pods: number, behaviour: Behaviour, { step, of }: Progress): number {
  if (behaviour !== 'completes') return 0
  return step >= of ? pods : Math.floor((pods * step) / of)
}

/** What a pod does that has not come up. */
export function unreadyState(behaviour: Behaviour): PodState {
  if (behaviour === 'image pull fails') return 'ImagePullBackOff'
  return behaviour === 'crash loops' ? 'CrashLoopBackOff' : 'ContainerCreating'
}

/** Go leaves a zero count out. */
export const counted = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, many]) => many > 0))
