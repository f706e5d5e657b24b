/** What the controllers of a cluster do after a write; a bare API server has none. */
import type { Json } from '../exchange.ts'
import { type AksCluster, type KubernetesObject, uuid, type World } from '../world.ts'
import { aggregateClusterRoles } from './aggregation.ts'
import { decode } from './decode.ts'
import { applyDefaults } from './defaults.ts'
import { accountOf, admit } from './pod-admission.ts'
import { isOwnedBy } from './pods.ts'
import { findResource } from './resources.ts'
import { advance, behaviourOf, podsOf } from './rollout.ts'
import { find, keyOfObject, list, remove, store } from './storage.ts'
import { strategyOf } from './strategy.ts'
import { currentTime } from './timestamp.ts'
import type { Behaviour, Workload } from './workload.ts'

/** Reacts to an object that was written (`after`) or deleted (no `after`). */
export function react(
  cluster: AksCluster,
  world: World,
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
): void {
  const object = (after ?? before)!
  if (object.kind === 'ClusterRole') aggregateClusterRoles(cluster.kubernetes, currentTime(world))
  if (object.kind === 'Namespace' && !after) emptyNamespace(cluster, object.metadata.name)
  if (object.kind === 'Pod' && !after) replacePod(cluster, object)
  if (!isWorkload(object)) return
  if (!after) endWorkload(cluster, object)
  else if (before?.metadata.generation !== after.metadata.generation) beginRollout(cluster, after)
}

/** Before a workload is read: its rollout takes a step. One that fails is never over. */
export function onRead(cluster: AksCluster, world: World, workload: KubernetesObject): void {
  const key = keyOfObject(workload)
  const { rollouts } = cluster.kubernetes
  if (rollouts?.[key] === undefined) return
  const behaviour = behaviourOf(cluster.rollouts, workload)
  rollouts[key] += 1
  const isRefused = takeStep(cluster, world, workload as Workload, behaviour, rollouts[key])
  if (rollouts[key] >= world.delays.rollout && behaviour === 'completes' && !isRefused) delete rollouts[key]
}

/** Completes every rollout at once that can be, whatever behaviour the cluster has: the state that a world starts from. */
export function settle(cluster: AksCluster, world: World): void {
  const underWay = Object.keys(cluster.kubernetes.rollouts ?? {}).filter(key =>
    takeStep(cluster, world, cluster.kubernetes.objects[key] as Workload, 'completes', world.delays.rollout),
  )
  delete cluster.kubernetes.rollouts
  for (const key of underWay) beginRollout(cluster, cluster.kubernetes.objects[key]!)
}

export const isWorkload = (object: KubernetesObject): boolean =>
  object.apiVersion === 'apps/v1' && ['Deployment', 'StatefulSet'].includes(object.kind)

/** Returns whether a new pod was refused. */
function takeStep(cluster: AksCluster, world: World, workload: Workload, behaviour: Behaviour, step: number): boolean {
  const { kubernetes } = cluster
  const { namespace = '' } = workload.metadata
  const time = currentTime(world)
  const progress = { step, of: world.delays.rollout, time }
  const hoped = advance(workload, podsIn(cluster, namespace), behaviour, progress)
  const admissions = hoped.create.map(pod => {
    const account = find(kubernetes, 'v1', 'serviceaccounts', namespace, accountOf(pod))
    return admit(pod, account, cluster, world)
  })
  const refusal = admissions.find(({ refusal }) => refusal)?.refusal
  const next = refusal
    ? advance(workload, podsIn(cluster, namespace), behaviour, progress, refusal)
    : { ...hoped, create: admissions.map(({ pod }) => pod!) }
  for (const name of next.remove) remove(kubernetes, find(kubernetes, 'v1', 'pods', namespace, name)!)
  for (const pod of next.create) store(kubernetes, born(pod, world))
  for (const pod of next.update) store(kubernetes, pod)
  const isSame = JSON.stringify(next.status) === JSON.stringify(workload.status)
  if (!isSame) store(kubernetes, { ...workload, status: next.status })
  return refusal !== undefined
}

/** A pod as the API server would have stored it, with the status that the kubelet adds to its own. */
function born(pod: KubernetesObject, world: World): KubernetesObject {
  const resource = findResource('v1', 'pods')!
  const { object } = decode(resource, pod as unknown as Json)
  const prepared = strategyOf(resource).prepareForCreate(applyDefaults(object))
  const metadata = { ...prepared.metadata, uid: uuid(world), creationTimestamp: currentTime(world) }
  return { ...prepared, metadata, status: { ...(prepared.status as object), ...(pod.status as object) } }
}

const podsIn = ({ kubernetes }: AksCluster, namespace: string): KubernetesObject[] =>
  list(kubernetes, 'v1', 'pods', namespace)

const workloadsIn = ({ kubernetes }: AksCluster, namespace?: string): KubernetesObject[] =>
  ['deployments', 'statefulsets'].flatMap(plural => list(kubernetes, 'apps/v1', plural, namespace))

function beginRollout({ kubernetes }: AksCluster, workload: KubernetesObject): void {
  kubernetes.rollouts = { ...kubernetes.rollouts, [keyOfObject(workload)]: 0 }
}

/** A pod that somebody deletes is made again: its workload is under way once more. */
function replacePod(cluster: AksCluster, pod: KubernetesObject): void {
  const owners = workloadsIn(cluster, pod.metadata.namespace).filter(workload => isOwnedBy(pod, workload))
  for (const workload of owners) beginRollout(cluster, workload)
}

function endWorkload(cluster: AksCluster, workload: KubernetesObject): void {
  delete cluster.kubernetes.rollouts?.[keyOfObject(workload)]
  const orphans = podsOf(workload, podsIn(cluster, workload.metadata.namespace ?? ''))
  for (const pod of orphans) remove(cluster.kubernetes, pod)
}

function emptyNamespace({ kubernetes }: AksCluster, name: string): void {
  for (const object of Object.values(kubernetes.objects)) {
    if (object.metadata.namespace !== name) continue
    delete kubernetes.rollouts?.[keyOfObject(object)]
    remove(kubernetes, object)
  }
}
