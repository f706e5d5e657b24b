import type { KubernetesObject } from '../world.ts'

/** What a pod's containers do: run, or wait with this reason. */
export type PodState = 'ready' | 'ContainerCreating' | 'ImagePullBackOff' | 'CrashLoopBackOff'

export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastUpdateTime?: string
  lastTransitionTime: string
}

interface Container {
  name: string
  image?: string
}

interface ContainerStatus {
  name: string
  state: { running?: object; waiting?: { reason: string }; terminated?: object }
  [field: string]: unknown
}

interface PodStatus {
  containerStatuses?: ContainerStatus[]
  conditions?: Condition[]
  qosClass?: string
}

export const isReady = ({ status }: KubernetesObject): boolean =>
  (status as PodStatus | undefined)?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
  false

/** The status that the kubelet reports of a pod in a state. The quality of service is the API server's to say. */
export function podStatus(pod: KubernetesObject, state: PodState, time: string) {
  const { containers, initContainers = [] } = pod.spec as { containers: Container[]; initContainers?: Container[] }
  const { qosClass } = (pod.status ?? {}) as PodStatus
  const unready = `containers with unready status: [${containers.map(({ name }) => name).join(' ')}]`
  const condition = (type: string, isTrue: boolean) => ({
    ...{ type, status: isTrue ? 'True' : 'False', lastProbeTime: null, lastTransitionTime: time },
    ...(!isTrue && { reason: 'ContainersNotReady', message: unready }),
  })
  return {
    phase: state === 'ready' || state === 'CrashLoopBackOff' ? 'Running' : 'Pending',
    conditions: [
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('Ready', state === 'ready'),
      condition('ContainersReady', state === 'ready'),
      condition('PodScheduled', true),
    ],
    ...{ hostIP: '10.224.0.4', podIP: '10.244.0.10', startTime: time, ...(qosClass && { qosClass }) },
    ...(initContainers.length > 0 && { initContainerStatuses: initContainers.map(each => finished(each, time)) }),
    containerStatuses: containers.map(container => containerStatus(pod, container, state, time)),
  }
}

/** Whether a pod's containers already do what the state says. */
export function isIn(pod: KubernetesObject, state: PodState): boolean {
  const statuses = (pod.status as PodStatus | undefined)?.containerStatuses ?? []
  const isSame = ({ state: now }: ContainerStatus) =>
    state === 'ready' ? !!now.running : now.waiting?.reason === state
  return statuses.length > 0 && statuses.every(isSame)
}

const finished = ({ name, image = '' }: Container, time: string): ContainerStatus => ({
  ...{ name, image, imageID: image, ready: true, started: false, restartCount: 0, lastState: {} },
  state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time } },
})

function containerStatus(pod: KubernetesObject, container: Container, state: PodState, time: string): ContainerStatus {
  const { name, image = '' } = container
  const unready = { name, image, imageID: '', ready: false, started: false, restartCount: 0, lastState: {} }
  const waiting = (reason: string, message?: string) => ({ waiting: { reason, ...(message && { message }) } })
  switch (state) {
    case 'ready':
      return { ...unready, imageID: image, ready: true, started: true, state: { running: { startedAt: time } } }
    case 'CrashLoopBackOff': {
      const place = `pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid ?? ''})`
      const message = `back-off 40s restarting failed container=${name} ${place}`
      const lastState = { terminated: { exitCode: 1, reason: 'Error', startedAt: time, finishedAt: time } }
      return { ...unready, imageID: image, restartCount: 3, lastState, state: waiting(state, message) }
    }
    case 'ImagePullBackOff': {
      const why = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": not found`
      return { ...unready, state: waiting(state, `Back-off pulling image "${image}": ErrImagePull: ${why}`) }
    }
    default:
      return { ...unready, state: waiting(state) }
  }
}
