import { describe, expect, test } from 'vitest'
import type { KubernetesObject, RolloutBehaviour } from '../../../sandbox/world.ts'
import { apiServer } from './api-server.ts'
import { container, workload } from './objects.ts'

type Kind = 'Deployment' | 'StatefulSet'
type Behaviour = RolloutBehaviour[string]

const namespace = '/namespaces/one'
const pathOf = (kind: Kind) => `/apis/apps/v1${namespace}/${kind === 'Deployment' ? 'deployments' : 'statefulsets'}/w`

/** A server with a workload of four pods, which is up; rollouts from now on end in the given way, after three reads where they do. */
async function start(kind: Kind, behaviour: Behaviour = 'completes') {
  const server = await apiServer()
  const { ask, world, cluster, make } = server
  const path = pathOf(kind)
  const read = async () => (await ask(`GET ${path}`)).body
  const readTimes = async (times: number) => {
    for (let n = 1; n < times; n += 1) await read()
    return read()
  }
  /** What each pod does, the old ones first: `old`, `ready`, or why it waits. */
  const pods = async () => {
    const { items } = (await ask(`GET /api/v1${namespace}/pods`)).body as { items: KubernetesObject[] }
    return items.map(doing).sort((one, other) => Number(other === 'old') - Number(one === 'old'))
  }
  const names = async () => {
    const { items } = (await ask(`GET /api/v1${namespace}/pods`)).body as { items: KubernetesObject[] }
    return items.map(({ metadata }) => metadata.name)
  }
  const update = (spec: object) => ask(`MERGE ${path}`, { spec })

  world.delays.rollout = 3
  await make(workload(kind, 'w', { replicas: 4 }))
  await readTimes(3)
  cluster.rollouts = { '*': behaviour }
  return { ...server, path, read, readTimes, pods, names, update }
}

const newImage = { template: { spec: { containers: [container({ image: 'i:2' })] } } }

/** Old is what has the old image; it is always up. */
function doing({ spec, status }: KubernetesObject): string {
  const [{ image }] = (spec as { containers: [{ image: string }] }).containers
  const [{ state }] = (status as { containerStatuses: [{ state: { waiting?: { reason: string } } }] }).containerStatuses
  return image === 'i:1' ? 'old' : (state.waiting?.reason ?? 'ready')
}

test.each<[Kind, Behaviour, spec: object, pods: string[], ready: number]>([
  ['Deployment', 'completes', {}, ['ready', 'ready', 'ready', 'ready'], 4],
  ['Deployment', 'image pull fails', {}, ['old', 'old', 'old', 'ImagePullBackOff', 'ImagePullBackOff'], 3],
  ['Deployment', 'crash loops', {}, ['old', 'old', 'old', 'CrashLoopBackOff', 'CrashLoopBackOff'], 3],
  ['Deployment', 'hangs', {}, ['old', 'old', 'old', 'ContainerCreating', 'ContainerCreating'], 3],
  [
    'Deployment',
    'hangs',
    { strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } },
    ['old', 'old', 'old', 'old', 'ContainerCreating', 'ContainerCreating'],
    4,
  ],
  [
    'Deployment',
    'image pull fails',
    { strategy: { type: 'Recreate', rollingUpdate: null } },
    ['ImagePullBackOff', 'ImagePullBackOff', 'ImagePullBackOff', 'ImagePullBackOff'],
    0,
  ],
  ['Deployment', 'completes', { paused: true }, ['old', 'old', 'old', 'old'], 4],
  ['StatefulSet', 'completes', {}, ['ready', 'ready', 'ready', 'ready'], 4],
  ['StatefulSet', 'image pull fails', {}, ['old', 'old', 'old', 'ImagePullBackOff'], 3],
  ['StatefulSet', 'crash loops', {}, ['old', 'old', 'old', 'CrashLoopBackOff'], 3],
  ['StatefulSet', 'hangs', {}, ['old', 'old', 'old', 'ContainerCreating'], 3],
  [
    'StatefulSet',
    'completes',
    { updateStrategy: { type: 'OnDelete', rollingUpdate: null } },
    ['old', 'old', 'old', 'old'],
    4,
  ],
])('A %s gets a new image, where the rollout: %s; %j', async (kind, behaviour, spec, pods, ready) => {
  const server = await start(kind, behaviour)
  await server.update({ ...spec, ...newImage })
  const { status, metadata } = await server.readTimes(10)
  expect(await server.pods()).toEqual(pods)
  expect(status).toMatchObject({ observedGeneration: metadata.generation, replicas: pods.length })
  expect(status.availableReplicas ?? 0).toBe(ready)
})

describe('A rollout takes a number of reads', () => {
  test.each<[Kind, updated: (number | undefined)[], ready: number[]]>([
    ['Deployment', [3, 4, 4, 4], [3, 3, 4, 4]],
    ['StatefulSet', [2, 3, 4, 4], [3, 3, 4, 4]],
  ])('of a %s', async (kind, updated, ready) => {
    const { update, read } = await start(kind)
    const { body } = await update(newImage)
    expect(body.status.observedGeneration, 'the controller has not seen it yet').toBe(body.metadata.generation - 1)
    const reads = [await read(), await read(), await read(), await read()].map(({ status }) => status)
    expect(reads.map(({ updatedReplicas }) => updatedReplicas)).toEqual(updated)
    expect(reads.map(({ readyReplicas }) => readyReplicas)).toEqual(ready)
  })

  test('of the pods of a new StatefulSet one by one, or all at once', async () => {
    for (const [podManagementPolicy, expected] of [
      [
        'OrderedReady',
        [
          ['w-0', 'w-1'],
          ['w-0', 'w-1', 'w-2'],
          ['w-0', 'w-1', 'w-2', 'w-3'],
        ],
      ],
      ['Parallel', Array(3).fill(['w-0', 'w-1', 'w-2', 'w-3'])],
    ] as const) {
      const { ask, path, make, read, names } = await start('StatefulSet')
      await ask(`DELETE ${path}`)
      await make(workload('StatefulSet', 'w', { replicas: 4, podManagementPolicy }))
      const seen: string[][] = []
      for (const _ of expected) {
        await read()
        seen.push(await names())
      }
      expect(seen).toEqual(expected)
    }
  })
})

describe('The conditions of a Deployment say', () => {
  const conditionsOf = ({ status }: { status: { conditions: { type: string; status: string; reason: string }[] } }) =>
    Object.fromEntries(status.conditions.map(({ type, status, reason }) => [type, `${status}, ${reason}`]))

  test('that it is under way, and then done', async () => {
    const { update, read, readTimes } = await start('Deployment')
    await update(newImage)
    expect(conditionsOf(await read())).toEqual({
      Available: 'True, MinimumReplicasAvailable',
      Progressing: 'True, ReplicaSetUpdated',
    })
    expect(conditionsOf(await readTimes(2)).Progressing).toBe('True, NewReplicaSetAvailable')
  })

  test('that it is given up once its deadline is over', async () => {
    const { world, update, read } = await start('Deployment', 'hangs')
    await update({ progressDeadlineSeconds: 60, ...newImage })
    expect(conditionsOf(await read()).Progressing).toBe('True, ReplicaSetUpdated')
    world.clockAhead += 61_000
    expect(conditionsOf(await read()).Progressing).toBe('False, ProgressDeadlineExceeded')
  })

  test('that too few pods are left', async () => {
    const { update, read } = await start('Deployment', 'crash loops')
    await update({ strategy: { type: 'Recreate', rollingUpdate: null }, ...newImage })
    expect(conditionsOf(await read()).Available).toBe('False, MinimumReplicasUnavailable')
  })
})

describe.each<Kind>(['Deployment', 'StatefulSet'])('Pods of a %s', kind => {
  test('stay as they are when there are more or fewer of them', async () => {
    const { update, readTimes, names } = await start(kind)
    const four = await names()
    await update({ replicas: 5 })
    await readTimes(3)
    expect(await names()).toEqual(expect.arrayContaining(four))
    expect(await names()).toHaveLength(5)
    await update({ replicas: 2 })
    await readTimes(3)
    expect(four).toEqual(expect.arrayContaining(await names()))
    expect(await names()).toHaveLength(2)
  })

  test('are made again when somebody deletes one', async () => {
    const { ask, readTimes, names } = await start(kind)
    const before = await names()
    await ask(`DELETE /api/v1${namespace}/pods/${before[0]}`)
    expect(await names()).toHaveLength(3)
    await readTimes(3)
    expect(await names()).toHaveLength(4)
  })

  test('go when it goes', async () => {
    const { ask, path, names } = await start(kind)
    await ask(`DELETE ${path}`)
    expect(await names()).toEqual([])
  })

  test('carry the labels and annotations of the template, and belong to it', async () => {
    const { ask, update, readTimes } = await start(kind)
    await update({ template: { metadata: { labels: { mine: 'yes' }, annotations: { note: 'n' } } } })
    await readTimes(3)
    const { items } = (await ask(`GET /api/v1${namespace}/pods?labelSelector=mine=yes,app=w`)).body
    expect(items).toHaveLength(4)
    const owner = kind === 'Deployment' ? { kind: 'ReplicaSet' } : { kind: 'StatefulSet', name: 'w' }
    expect(items[0].metadata).toMatchObject({
      annotations: { note: 'n' },
      ownerReferences: [{ ...owner, controller: true }],
    })
  })
})

test('How a rollout ends is said by the workload’s name, or for all others', async () => {
  const { cluster, update, readTimes, pods } = await start('StatefulSet')
  cluster.rollouts = { '*': 'hangs', w: 'completes' }
  await update(newImage)
  await readTimes(3)
  expect(await pods()).toEqual(['ready', 'ready', 'ready', 'ready'])
})
