import type { KubernetesObject } from '../world.ts'
import type { Workload } from './rollout.ts'

/** What a pod's containers do: run, or wait with this reason. */
export type PodState = 'ready' | 'ContainerCreating' | 'ImagePullBackOff' | 'CrashLoopBackOff'

export interface Condition {
  type: string
  status: string
  reason?: string
  message: string
  lastUpdateTime?: string
  lastTransitionTime: string
}

/** The hash in the names and labels of a workload's pods: another template, another hash. */
export const revisionOf = (workload: Workload): string => encode(hash(canonical(workload.spec.template)), 9)

/** Five characters that are the same for the same text, as in `argocd-server-6b7f8c9d5-x2v4z`. */
export const suffix = (text: string): string => encode(hash(text), 5)

/** The pod that a workload's controller makes, in the given state. */
export function podOf(workload: Workload, name: string, state: PodState, time: string): KubernetesObject {
  const { template } = workload.spec
  const { labels = {}, annotations } = (template.metadata ?? {}) as Record<string, Record<string, string>>
  const revision = revisionOf(workload)
  const isStateful = workload.kind === 'StatefulSet'
  const marks = isStateful
    ? {
        'apps.kubernetes.io/pod-index': name.slice(workload.metadata.name.length + 1),
        'controller-revision-hash': revision,
        'statefulset.kubernetes.io/pod-name': name,
      }
    : { 'pod-template-hash': revision }
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: isStateful ? `${workload.metadata.name}-` : `${workload.metadata.name}-${revision}-`,
      ...(workload.metadata.namespace && { namespace: workload.metadata.namespace }),
      labels: { ...labels, ...marks },
      ...(annotations && { annotations }),
      ownerReferences: [{ ...ownerOf(workload), controller: true, blockOwnerDeletion: true }],
    },
    spec: { ...template.spec, nodeName: 'aks-nodepool1-00000000-vmss000000', ...(isStateful && { hostname: name }) },
  }
  return { ...pod, status: podStatus(pod, state, time) }
}

/** Whether the pod belongs to the workload, whatever its template was. */
export function isOwnedBy(pod: KubernetesObject, workload: KubernetesObject): boolean {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)
  if (!owner || pod.metadata.namespace !== workload.metadata.namespace) return false
  if (workload.kind === 'StatefulSet') return owner.kind === 'StatefulSet' && owner.name === workload.metadata.name
  const revision = pod.metadata.labels?.['pod-template-hash']
  return owner.kind === 'ReplicaSet' && owner.name === `${workload.metadata.name}-${revision}`
}

export const isReady = (pod: KubernetesObject): boolean => {
  const { conditions = [] } = (pod.status ?? {}) as { conditions?: Condition[] }
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** A Deployment's pods belong to a ReplicaSet, which the sandbox does not store: its uid follows from its name. */
function ownerOf(workload: Workload) {
  const { name, uid = '' } = workload.metadata
  if (workload.kind === 'StatefulSet') return { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid }
  const revision = revisionOf(workload)
  const digits = `${uid}${revision}`
    .split('')
    .reverse()
    .map(letter => hash(`${uid}/${revision}/${letter}`).toString(16))
    .join('')
    .slice(0, 12)
  const derived = `${uid.slice(0, 24)}${digits}`
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-${revision}`, uid: derived }
}

/** The status that the kubelet would report. */
export function podStatus(pod: KubernetesObject, state: PodState, time: string) {
  const { containers = [], initContainers = [] } = pod.spec as {
    containers?: Container[]
    initContainers?: Container[]
  }
  const isRunning = state === 'ready' || state === 'CrashLoopBackOff'
  const condition = (type: string, isTrue: boolean) => ({
    ...{ type, status: isTrue ? 'True' : 'False', lastProbeTime: null, lastTransitionTime: time },
    ...(!isTrue && { reason: 'ContainersNotReady', message: `containers with unready status: ${listed(containers)}` }),
  })
  return {
    phase: isRunning ? 'Running' : 'Pending',
    conditions: [
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('Ready', state === 'ready'),
      condition('ContainersReady', state === 'ready'),
      condition('PodScheduled', true),
    ],
    ...{ hostIP: '10.224.0.4', podIP: '10.244.0.10', startTime: time, qosClass: 'BestEffort' },
    ...(initContainers.length > 0 && { initContainerStatuses: initContainers.map(each => finished(each, time)) }),
    containerStatuses: containers.map(container => containerStatus(pod, container, state, time)),
  }
}

interface Container {
  name: string
  image?: string
}

const listed = (containers: Container[]): string => `[${containers.map(({ name }) => name).join(' ')}]`

const finished = ({ name, image = '' }: Container, time: string) => ({
  ...{ name, image, imageID: image, ready: true, started: false, restartCount: 0, lastState: {} },
  state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time } },
})

function containerStatus(pod: KubernetesObject, { name, image = '' }: Container, state: PodState, time: string) {
  const identity = { name, image, imageID: state === 'ready' || state === 'CrashLoopBackOff' ? image : '' }
  const unready = { ...identity, ready: false, started: false, restartCount: 0, lastState: {} }
  const waiting = (reason: string, message?: string) => ({ waiting: { reason, ...(message && { message }) } })
  if (state === 'ready') {
    return {
      ...identity,
      ready: true,
      started: true,
      restartCount: 0,
      lastState: {},
      state: { running: { startedAt: time } },
    }
  }
  if (state === 'CrashLoopBackOff') {
    const place = `pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid ?? ''})`
    const ended = { exitCode: 1, reason: 'Error', startedAt: time, finishedAt: time }
    const message = `back-off 40s restarting failed container=${name} ${place}`
    return { ...unready, restartCount: 3, lastState: { terminated: ended }, state: waiting(state, message) }
  }
  if (state === 'ImagePullBackOff') {
    const why = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": not found`
    return { ...unready, state: waiting(state, `Back-off pulling image "${image}": ErrImagePull: ${why}`) }
  }
  return { ...unready, state: waiting(state) }
}

/** FNV-1a, 32 bits: what Kubernetes hashes templates with. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}

/** Kubernetes' alphabet for names: no vowels, nothing that reads like another letter. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

function encode(value: number, length: number): string {
  let rest = value
  return Array.from({ length }, () => {
    const letter = alphabet[rest % alphabet.length]
    rest = Math.imul(rest ^ (rest >>> 13), 0x5bd1e995) >>> 0
    return letter
  }).join('')
}

/** JSON with sorted keys: the order in which somebody wrote a template does not count. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
