import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { isAlive, podsOf, type RolloutState, rolloutState, unready } from '../../../src/kubernetes/rollout-state.ts'
import { podOf, upstream, workloadOf } from '../argo-cd.ts'

const deployment = workloadOf(upstream.server)

interface Replicas {
  wanted?: number
  generation?: number
  status?: object
}

/** The Deployment in its second generation, with this status. */
const rolling = ({ wanted = 2, generation = 2, status }: Replicas): KubernetesObject => ({
  ...deployment,
  metadata: { ...deployment.metadata, generation },
  spec: { ...deployment.spec, replicas: wanted },
  status,
})

const seen = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2 }
const complete: RolloutState = { kind: 'complete' }
const progressing = (progress: string): RolloutState => ({ kind: 'progressing', progress })

test.each<[what: string, replicas: Replicas, state: RolloutState]>([
  ['all pods are new and ready', { status: seen }, complete],
  ['the controller has not looked yet', { status: { ...seen, observedGeneration: 1 } }, progressing('about to begin')],
  ['there is no status at all', {}, progressing('about to begin')],
  ['some pods are old', { status: { ...seen, updatedReplicas: 1 } }, progressing('1 of 2 pods are new, 2 ready')],
  ['old pods are still there', { status: { ...seen, replicas: 3 } }, progressing('2 of 2 pods are new, 2 ready')],
  ['a new pod is not ready', { status: { ...seen, readyReplicas: 1 } }, progressing('2 of 2 pods are new, 1 ready')],
  ['none is wanted', { wanted: 0, status: { observedGeneration: 2 } }, complete],
])('%s', (_what, replicas, state) => {
  expect(rolloutState(rolling(replicas), [])).toEqual(state)
})

test('one pod is wanted where nothing is said', () => {
  const { replicas: _, ...spec } = deployment.spec
  expect(rolloutState({ ...deployment, spec }, [])).toEqual(complete)
})

describe('a pod that does not start', () => {
  const stuck = rolling({ status: { ...seen, updatedReplicas: 1 } })
  const waiting = (reason: string, more: object = {}) => ({
    ...podOf(deployment, 'a'),
    status: { containerStatuses: [{ name: 'argocd-server', state: { waiting: { reason, message: 'why' } }, ...more }] },
  })

  test.each([
    ['ImagePullBackOff'],
    ['ErrImagePull'],
    ['InvalidImageName'],
    ['CrashLoopBackOff'],
    ['CreateContainerConfigError'],
    ['RunContainerError'],
  ])('fails the rollout with %s', reason => {
    const state = { kind: 'failing', pod: 'argocd-server-a', container: 'argocd-server', reason, message: 'why' }
    expect(rolloutState(stuck, [waiting(reason)])).toEqual(state)
  })

  test.each([['ContainerCreating'], ['PodInitializing']])('may yet start while it is in %s', reason => {
    expect(rolloutState(stuck, [waiting(reason)])).toEqual(progressing('1 of 2 pods are new, 2 ready'))
  })

  test('is explained by the last words of its container', () => {
    const crashed = waiting('CrashLoopBackOff', { lastState: { terminated: { message: 'unknown flag' } } })
    expect(rolloutState(stuck, [crashed])).toMatchObject({ message: 'unknown flag' })
  })

  test('may be held up by an init container', () => {
    const { status } = waiting('ErrImagePull')
    const pod = { ...podOf(deployment, 'a'), status: { initContainerStatuses: status.containerStatuses } }
    expect(rolloutState(stuck, [pod])).toMatchObject({ kind: 'failing', reason: 'ErrImagePull' })
  })

  test('does not matter once all is new and ready', () => {
    expect(rolloutState(rolling({ status: seen }), [waiting('CrashLoopBackOff')])).toEqual(complete)
  })
})

describe('a rollout that waits for somebody', () => {
  const old = (name: string, revision = 'old') => ({
    ...podOf(deployment),
    metadata: { name, labels: { 'controller-revision-hash': revision } },
  })
  const set = (updateStrategy: object): KubernetesObject => ({
    ...rolling({ status: { ...seen, updatedReplicas: 0, updateRevision: 'new' } }),
    kind: 'StatefulSet',
    metadata: { name: 'controller', namespace: 'argocd', generation: 2 },
    spec: { ...deployment.spec, replicas: 2, updateStrategy },
  })
  const onDelete = set({ type: 'OnDelete' })
  const partitioned = set({ type: 'RollingUpdate', rollingUpdate: { partition: 1 } })

  test.each<[what: string, live: KubernetesObject, pods: KubernetesObject[], why: string, remedy: RegExp]>([
    [
      'a paused Deployment',
      { ...rolling({ status: { ...seen, updatedReplicas: 0 } }), spec: { ...deployment.spec, paused: true } },
      [],
      'the Deployment is paused',
      /rollout resume deployment\/argocd-server$/,
    ],
    [
      'a StatefulSet whose pods are deleted by hand',
      onDelete,
      [old('controller-0'), old('controller-1', 'new')],
      'pod controller-0 is replaced only by hand (updateStrategy OnDelete)',
      /-n argocd delete pod controller-0$/,
    ],
    [
      'a StatefulSet below its partition',
      partitioned,
      [old('controller-0'), old('controller-1', 'new')],
      'pod controller-0 is replaced only by hand (updateStrategy RollingUpdate with partition 1)',
      /delete pod controller-0$/,
    ],
  ])('says so at once: %s', (_what, live, pods, why, remedy) => {
    expect(rolloutState(live, pods)).toEqual({ kind: 'held', why, remedy: expect.stringMatching(remedy) })
  })

  test('is none while pods above the partition are still replaced', () => {
    expect(rolloutState(partitioned, [old('controller-0'), old('controller-1')])).toMatchObject({ kind: 'progressing' })
  })

  test('is over once the pods were deleted', () => {
    expect(rolloutState({ ...onDelete, status: seen }, [])).toEqual(complete)
  })
})

test('pods that the API server refuses to make fail the rollout with its reason', () => {
  const message = 'pods "argocd-server-" is forbidden: error looking up service account argocd/gone'
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }]
  expect(rolloutState(rolling({ status: { ...seen, updatedReplicas: 0, conditions } }), [])).toEqual({
    kind: 'refused',
    message,
  })
})

test.each([
  [
    'the scheduler',
    { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] },
    ['pod argocd-server-a is Unschedulable (0/3 nodes)'],
  ],
  [
    'the kubelet',
    {
      initContainerStatuses: [{ name: 'done', ready: false, state: { terminated: {} } }],
      containerStatuses: [
        { name: 'up', ready: true, state: { running: {} } },
        { name: 'slow', ready: false, state: { running: {} } },
        { name: 'new', ready: false, state: { waiting: { reason: 'ContainerCreating' } } },
      ],
    },
    [
      'container slow of pod argocd-server-a is running and not ready',
      'container new of pod argocd-server-a is ContainerCreating',
    ],
  ],
])('a pod that is not ready is explained by %s', (_who, status, why) => {
  expect(unready({ ...podOf(deployment, 'a'), status })).toEqual(why)
})

describe('the pods of a workload', () => {
  const pod = podOf(deployment)

  test('are those that its selector takes', () => {
    expect(podsOf(deployment, [pod, podOf(workloadOf(upstream.controller))])).toEqual([pod])
  })

  test.each<[what: string, remainder: KubernetesObject]>([
    ['has been evicted', { ...pod, status: { phase: 'Failed' } }],
    ['has ended', { ...pod, status: { phase: 'Succeeded' } }],
    ['is about to go', { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-11-24T08:00:00Z' } }],
  ])('are without one that %s', (_what, remainder) => {
    expect(isAlive(remainder)).toBe(false)
    expect(podsOf(deployment, [remainder, pod])).toEqual([pod])
  })
})
