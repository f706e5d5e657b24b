import { Failure } from '../failure.ts'
import { type Cluster, type KubernetesObject, kindOf, type ObjectReference, Pod } from './cluster.ts'

/** How far a rollout is: over, under way, or held up by a container that does not start. */
export type RolloutState =
  | { kind: 'complete' }
  | { kind: 'progressing'; progress: string }
  | { kind: 'failing'; pod: string; container: string; reason: string; message: string }

/** Waiting reasons that rarely heal by themselves (https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff). */
const BAD = /BackOff$|^Err|^Invalid|Error$|^CreateContainer/
const POLL_INTERVAL = 5_000
/** An image pull or a crash may heal on the second try; longer than this it is a failure. */
const PATIENCE = 60_000
/** Kubernetes' own default for `progressDeadlineSeconds`. */
const DEADLINE = 600_000

/** Judges a Deployment or StatefulSet with its pods as `kubectl rollout status` does. */
export function rolloutState(workload: KubernetesObject, pods: KubernetesObject[]): RolloutState {
  const wanted: number = workload.spec.replicas ?? 1
  const { observedGeneration = 0, updatedReplicas = 0, readyReplicas = 0, replicas = 0 } = workload.status ?? {}
  const seen = observedGeneration >= (workload.metadata.generation ?? 0)
  if (seen && updatedReplicas >= wanted && readyReplicas >= wanted && replicas <= wanted) return { kind: 'complete' }
  return (
    pods.flatMap(failing)[0] ?? {
      kind: 'progressing',
      progress: seen ? `${updatedReplicas} of ${wanted} pods are new, ${readyReplicas} ready` : 'about to begin',
    }
  )
}

/**
 * Waits until a rollout is over.
 * @throws Failure that names pod, container and reason, or says that the time is up
 */
export async function awaitRollout(
  cluster: Cluster,
  { apiVersion, kind, name, namespace = '' }: ObjectReference,
  onProgress: (progress: string) => void,
): Promise<void> {
  const what = `The rollout of ${kind} ${namespace}/${name} on ${cluster.name}`
  const start = Date.now()
  let failingSince: number | undefined
  for (let last = ''; ; ) {
    const { workload, pods } = await cluster.read({
      workload: { kind: kindOf({ apiVersion, kind }), namespace, name },
      pods: { kind: Pod, namespace },
    })
    const object = workload[0]
    if (!object) throw new Failure({ what, why: 'the workload is gone', remedy: 'Install Argo CD and run again' })
    const state = rolloutState(object, podsOf(object, pods))
    if (state.kind === 'complete') return
    const now = Date.now()
    failingSince = state.kind === 'failing' ? (failingSince ?? now) : undefined
    if (state.kind === 'failing' && now - failingSince! >= PATIENCE) {
      throw new Failure({
        what: `${what} fails`,
        why: `container ${state.container} of pod ${state.pod} is in ${state.reason}${state.message && ` (${state.message})`}`,
        remedy: `Look at it with kubectl -n ${namespace} describe pod ${state.pod}; the change stays in place, and a new run goes on from here`,
      })
    }
    const progress = state.kind === 'failing' ? `pod ${state.pod}: ${state.reason}` : state.progress
    if (now - start >= DEADLINE) {
      throw new Failure({
        what: `${what} is not over after ${DEADLINE / 60_000} minutes`,
        why: progress,
        remedy: `Look at it with kubectl -n ${namespace} rollout status ${kind.toLowerCase()}/${name}; the change stays in place, and a new run goes on from here`,
      })
    }
    if (progress !== last) onProgress(progress)
    last = progress
    await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL))
  }
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
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  return statuses
    .filter(status => BAD.test(status.state?.waiting?.reason ?? ''))
    .map(status => ({
      kind: 'failing',
      pod: pod.metadata.name,
      container: status.name,
      reason: status.state.waiting.reason,
      message: status.lastState?.terminated?.message ?? status.state.waiting.message ?? '',
    }))
}
