/** What the controllers of a cluster do after a write; a bare API server has none. */
import { type AksCluster, type KubernetesObject, uuid, type World } from '../world.ts'
import { aggregateClusterRoles } from './aggregation.ts'
import { decode } from './decode.ts'
import { applyDefaults } from './defaults.ts'
import { isOwnedBy } from './pods.ts'
import { advance, type Behaviour, behaviourOf, podsOf, type Workload } from './rollout.ts'
import { find, keyOfObject, list, remove, store } from './storage.ts'
import { currentTime } from './timestamp.ts'

/** Reacts to an object that was written (`after`) or deleted (no `after`). */
export function react(
  cluster: AksCluster,
  world: World,
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
): void {
  const { kubernetes } = cluster
  const object = (after ?? before)!
  if (object.kind === 'ClusterRole') aggregateClusterRoles(kubernetes, currentTime(world))
  if (object.kind === 'Namespace' && !after) emptyNamespace(cluster, object.metadata.name)
  if (object.kind === 'Pod' && !after) replacePod(cluster, object)
  if (!isWorkload(object)) return
  const key = keyOfObject(object)
  if (after && before?.metadata.generation !== after.metadata.generation)
    kubernetes.rollouts = { ...kubernetes.rollouts, [key]: 0 }
  if (after) return
  if (kubernetes.rollouts) delete kubernetes.rollouts[key]
  for (const pod of podsOf(object, podsIn(cluster, object))) remove(kubernetes, pod)
}

/** Before a workload is read: its rollout takes a step. */
export function onRead(cluster: AksCluster, world: World, workload: KubernetesObject): void {
  const key = keyOfObject(workload)
  const { rollouts } = cluster.kubernetes
  const reads = rollouts?.[key]
  if (!rollouts || reads === undefined) return
  rollouts[key] = reads + 1
  takeStep(cluster, world, workload as Workload, behaviourOf(cluster.rollouts, workload), reads + 1)
  const isWatchedOn = behaviourOf(cluster.rollouts, workload) !== 'completes'
  if (reads + 1 >= world.delays.rollout && !isWatchedOn) delete rollouts[key]
}

/** Completes every rollout at once, whatever behaviour the cluster has: the state that a world starts from. */
export function settle(cluster: AksCluster, world: World): void {
  for (const plural of ['deployments', 'statefulsets']) {
    for (const workload of list(cluster.kubernetes, 'apps/v1', plural)) {
      takeStep(cluster, world, workload as Workload, 'completes', world.delays.rollout)
    }
  }
  delete cluster.kubernetes.rollouts
}

export const isWorkload = (object: KubernetesObject): boolean =>
  object.apiVersion === 'apps/v1' && ['Deployment', 'StatefulSet'].includes(object.kind)

function takeStep(cluster: AksCluster, world: World, workload: Workload, behaviour: Behaviour, step: number): void {
  const { kubernetes } = cluster
  const time = currentTime(world)
  const next = advance(workload, podsIn(cluster, workload), behaviour, { step, of: world.delays.rollout, time })
  for (const name of next.remove)
    remove(kubernetes, find(kubernetes, 'v1', 'pods', workload.metadata.namespace ?? '', name)!)
  for (const pod of next.create) store(kubernetes, born(pod, world, time))
  for (const pod of next.update) store(kubernetes, pod)
  const isSame = JSON.stringify(next.status) === JSON.stringify(workload.status)
  if (!isSame) store(kubernetes, { ...workload, status: next.status })
}

/** A pod as the API server would have stored it. */
function born(pod: KubernetesObject, world: World, time: string): KubernetesObject {
  const { object } = decode({ apiVersion: 'v1', kind: 'Pod' }, pod as never)
  const { metadata, ...rest } = applyDefaults(object)
  return { ...rest, metadata: { ...metadata, uid: uuid(world), creationTimestamp: time, generation: 1 } }
}

const podsIn = ({ kubernetes }: AksCluster, { metadata }: KubernetesObject): KubernetesObject[] =>
  list(kubernetes, 'v1', 'pods', metadata.namespace)

/** A pod that somebody deletes is made again: its workload is under way once more. */
function replacePod({ kubernetes }: AksCluster, pod: KubernetesObject): void {
  const workloads = ['deployments', 'statefulsets'].flatMap(plural =>
    list(kubernetes, 'apps/v1', plural, pod.metadata.namespace),
  )
  for (const workload of workloads.filter(each => isOwnedBy(pod, each))) {
    kubernetes.rollouts = { ...kubernetes.rollouts, [keyOfObject(workload)]: 0 }
  }
}

function emptyNamespace({ kubernetes }: AksCluster, name: string): void {
  for (const object of Object.values(kubernetes.objects)) {
    if (object.metadata.namespace === name) remove(kubernetes, object)
  }
}
