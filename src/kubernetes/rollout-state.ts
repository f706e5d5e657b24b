import type { KubernetesObject } from './cluster.ts'

/**
 * How far a rollout is: over, under way, held up by a container that does not start or by an API server that makes no pods, or waiting
 * for a hand that Kubernetes does not have.
 */
export type RolloutState =
  | { kind: 'complete' }
  | { kind: 'progressing'; progress: string }
  | { kind: 'failing'; pod: string; container: string; reason: string; message: string }
  | { kind: 'refused'; message: string }
  | { kind: 'held'; why: string; remedy: string }

/** Waiting reasons that rarely heal by themselves (https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff). */
const BAD = /BackOff$|^Err|^Invalid|Error$|^CreateContainer/

/** Judges a Deployment or StatefulSet with its pods as `kubectl rollout status` does. */
export function rolloutState(workload: KubernetesObject, pods: KubernetesObject[]): RolloutState {
  const wanted: number = workload.spec.replicas ?? 1
  const { observedGeneration = 0, updatedReplicas = 0, readyReplicas = 0, replicas = 0 } = workload.status ?? {}
  const seen = observedGeneration >= (workload.metadata.generation ?? 0)
  if (seen && updatedReplicas >= wanted && readyReplicas >= wanted && replicas <= wanted) return { kind: 'complete' }
  return (
    pods.flatMap(failing)[0] ??
    (seen ? (refused(workload) ?? held(workload, pods)) : undefined) ?? {
      kind: 'progressing',
      progress: seen ? `${updatedReplicas} of ${wanted} pods are new, ${readyReplicas} ready` : 'about to begin',
    }
  )
}

/** The pods that run for a workload, by its selector. */
export const podsOf = (workload: KubernetesObject, pods: KubernetesObject[]): KubernetesObject[] =>
  pods
    .filter(isAlive)
    .filter(({ metadata }) =>
      Object.entries(workload.spec.selector?.matchLabels ?? {}).every(
        ([key, value]) => metadata.labels?.[key] === value,
      ),
    )

/** Tells whether a pod is more than a remainder: one that has ended (evicted, say) or is about to go stays in sight for a while. */
export const isAlive = ({ metadata, status }: KubernetesObject): boolean =>
  !metadata.deletionTimestamp && !['Succeeded', 'Failed'].includes(status?.phase)

function failing(pod: KubernetesObject): RolloutState[] {
  return statusesOf(pod)
    .filter(status => BAD.test(status.state?.waiting?.reason ?? ''))
    .map(status => ({
      kind: 'failing',
      pod: pod.metadata.name,
      container: status.name,
      reason: status.state.waiting.reason,
      message: status.lastState?.terminated?.message ?? status.state.waiting.message ?? '',
    }))
}

/** Why a pod is not ready, in the words of the scheduler or the kubelet. */
export function unready(pod: KubernetesObject): string[] {
  const unscheduled = pod.status?.conditions?.find(
    (condition: { type: string; status: string }) => condition.type === 'PodScheduled' && condition.status === 'False',
  )
  if (unscheduled) return [`pod ${pod.metadata.name} is ${unscheduled.reason} (${unscheduled.message})`]
  return statusesOf(pod)
    .filter(({ ready }) => !ready)
    .map(({ name, state }) => {
      const [how, { reason = '' } = {}] = Object.entries<{ reason?: string }>(state ?? {})[0] ?? ['unknown']
      return `container ${name} of pod ${pod.metadata.name} is ${reason || `${how} and not ready`}`
    })
}

// biome-ignore lint/suspicious/noExplicitAny: the statuses of containers, as the kubelet writes them
const statusesOf = ({ status }: KubernetesObject): any[] => [
  ...(status?.initContainerStatuses ?? []).filter(({ state }: { state?: object }) => !(state && 'terminated' in state)),
  ...(status?.containerStatuses ?? []),
]

/** Pods that the API server refuses, for want of their service account or by a webhook or a quota; of StatefulSets only events say so. */
function refused({ status }: KubernetesObject): RolloutState | undefined {
  const failure = (status?.conditions ?? []).find(
    (condition: { type: string; status: string }) => condition.type === 'ReplicaFailure' && condition.status === 'True',
  )
  return failure && { kind: 'refused', message: failure.message }
}

/** Kubernetes waits for ever for what only a person does. */
function held({ kind, metadata, spec, status }: KubernetesObject, pods: KubernetesObject[]): RolloutState | undefined {
  const { name, namespace } = metadata
  if (spec.paused)
    return {
      kind: 'held',
      why: 'the Deployment is paused',
      remedy: `Resume it with kubectl -n ${namespace} rollout resume deployment/${name}`,
    }
  if (kind !== 'StatefulSet') return undefined
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  const isOld = (pod: KubernetesObject) =>
    pod.metadata.labels?.['controller-revision-hash'] !== status?.updateRevision && pod.metadata.labels !== undefined
  const ordinal = (pod: KubernetesObject) => Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1))
  const partition: number = rollingUpdate?.partition ?? 0
  const waiting = pods.filter(isOld).filter(pod => type === 'OnDelete' || ordinal(pod) < partition)
  const names = waiting.map(pod => pod.metadata.name)
  // The others, above the partition, are still being replaced.
  if (waiting.length === 0 || waiting.length < pods.filter(isOld).length) return undefined
  const because =
    type === 'OnDelete' ? 'updateStrategy OnDelete' : `updateStrategy RollingUpdate with partition ${partition}`
  return {
    kind: 'held',
    why: `pod ${names.join(', pod ')} is replaced only by hand (${because})`,
    remedy: `Delete it with kubectl -n ${namespace} delete pod ${names.join(' ')}`,
  }
}
