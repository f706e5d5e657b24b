/**
 * How Deployments and StatefulSets roll out: pure functions, so that the same play runs on the embedded server and,
 * through the /status subresource, on a real kube-apiserver, which has no controllers of its own.
 */
import type { KubernetesObject, RolloutBehaviour } from '../world.ts'
import { deploymentPods, deploymentStatus } from './deployment-rollout.ts'
import { isIn, type PodState, podStatus } from './pod-status.ts'
import { isOwnedBy, podOf } from './pods.ts'
import { statefulSetPods, statefulSetStatus } from './stateful-set-rollout.ts'
import type { Behaviour, Progress, Workload } from './workload.ts'

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

/** One step towards what the template asks for, given the pods of the workload's namespace, and why it gets no new ones if it gets none. */
export function advance(
  workload: Workload,
  pods: KubernetesObject[],
  behaviour: Behaviour,
  progress: Progress,
  refusal?: string,
): Step {
  const own = podsOf(workload, pods)
  const isStateful = workload.kind === 'StatefulSet'
  const hopeful = (isStateful ? statefulSetPods : deploymentPods)(
    workload,
    own,
    refusal ? 'hangs' : behaviour,
    progress,
  )
  const wanted = refusal ? hopeful.filter(({ pod }) => pod !== undefined) : hopeful
  const { time } = progress
  const create = wanted.flatMap(({ name, state }) => (name === undefined ? [] : [podOf(workload, name, state, time)]))
  const kept = wanted.flatMap(({ pod, state }) => (pod ? [inState(pod, state, time)] : []))
  const after = [...kept, ...create]
  return {
    status: isStateful ? statefulSetStatus(workload, after) : deploymentStatus(workload, after, time, refusal),
    create,
    remove: own.map(nameOf).filter(name => !kept.map(nameOf).includes(name)),
    update: kept.filter(pod => !own.includes(pod)),
  }
}

const nameOf = ({ metadata }: KubernetesObject): string => metadata.name

/** The pod itself where it is in the state already. */
const inState = (pod: KubernetesObject, state: PodState | undefined, time: string): KubernetesObject =>
  state === undefined || isIn(pod, state) ? pod : { ...pod, status: podStatus(pod, state, time) }
