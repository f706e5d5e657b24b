/** What a cluster's controllers and its kubelets do: the play of ../kubernetes/controllers.ts, on a real API server and from outside. */
import { aggregateRules } from '../kubernetes/aggregation.ts'
import { isWorkload } from '../kubernetes/controllers.ts'
import { type Admission, accountOf, admit } from '../kubernetes/pod-admission.ts'
import { isOwnedBy } from '../kubernetes/pods.ts'
import type { Role } from '../kubernetes/rbac.ts'
import type { ResourceRequest } from '../kubernetes/request-info.ts'
import { findResource, kindsServedBy, type Resource } from '../kubernetes/resources.ts'
import { advance, behaviourOf, podsOf } from '../kubernetes/rollout.ts'
import { keyOfObject } from '../kubernetes/storage.ts'
import { currentTime } from '../kubernetes/timestamp.ts'
import type { Workload } from '../kubernetes/workload.ts'
import type { AksCluster, KubernetesObject, World } from '../world.ts'
import { type Administrator, collection, pathOf } from './administrator.ts'

/** A cluster, and the hand that its controllers have in it. */
export interface Controlled {
  cluster: AksCluster
  world: World
  administrator: Administrator
}

const pods = findResource('v1', 'pods')!
const clusterRoles = findResource('rbac.authorization.k8s.io/v1', 'clusterroles')!
const workloads = ['deployments', 'statefulsets'].map(plural => findResource('apps/v1', plural)!)
const stored = (resource: Resource): boolean => resource.verbs.includes('list')

/** Reacts to an object that was written (`after`) or deleted (no `after`). */
export async function react(
  controlled: Controlled,
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
): Promise<void> {
  const object = (after ?? before)!
  if (object.kind === 'ClusterRole') await aggregateClusterRoles(controlled)
  if (object.kind === 'Namespace' && !after) await endNamespace(object.metadata.name, controlled)
  if (object.kind === 'Pod' && !after) await replacePod(object, controlled)
  if (!isWorkload(object)) return
  if (!after) await endWorkload(object, controlled)
  else if (before?.metadata.generation !== after.metadata.generation) beginRollout(after, controlled)
}

/** Before workloads are read: each rollout that the reader will see takes a step. */
export async function beforeRead(asked: ResourceRequest, controlled: Controlled): Promise<void> {
  const { cluster, administrator } = controlled
  const resource = workloads.find(
    ({ apiVersion, plural }) => apiVersion === asked.apiVersion && plural === asked.resource,
  )
  const { rollouts = {} } = cluster.kubernetes
  if (!resource || Object.keys(rollouts).length === 0) return
  const read = asked.name
    ? await administrator.read(`${collection(resource, asked.namespace)}/${asked.name}`)
    : await administrator.list(resource, asked.namespace)
  for (const workload of [read].flat()) {
    if (workload && keyOfObject(workload) in rollouts) await takeStep(workload as Workload, controlled)
  }
}

/** Gathers rules until nothing changes: `admin` gathers `edit`, which gathers `view`. */
export async function aggregateClusterRoles({ administrator, world }: Controlled): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const changed = aggregateRules((await administrator.list(clusterRoles)) as Role[], currentTime(world))
    if (changed.length === 0) return
    await Promise.all(
      changed.map(role => {
        const { apiVersion, kind, rules } = role
        const target = `${pathOf(role)}?fieldManager=clusterrole-aggregation-controller&force=true`
        const configuration = { apiVersion, kind, metadata: { name: role.metadata.name }, rules }
        return administrator.demand('PATCH', target, configuration, 'application/apply-patch+yaml')
      }),
    )
  }
}

function beginRollout(workload: KubernetesObject, { cluster: { kubernetes } }: Controlled): void {
  kubernetes.rollouts = { ...kubernetes.rollouts, [keyOfObject(workload)]: 0 }
}

async function takeStep(workload: Workload, { cluster, world, administrator }: Controlled): Promise<void> {
  const key = keyOfObject(workload)
  const rollouts = cluster.kubernetes.rollouts!
  const behaviour = behaviourOf(cluster.rollouts, workload)
  const of = world.delays.rollout
  const step = rollouts[key]! + 1
  rollouts[key] = step

  const { namespace } = workload.metadata
  const living = await administrator.list(pods, namespace)
  const progress = { step, of, time: currentTime(world) }
  const hoped = advance(workload, living, behaviour, progress)
  const admissions = await Promise.all(hoped.create.map(pod => admission(pod, { cluster, world, administrator })))
  const refusal = admissions.find(({ refusal }) => refusal)?.refusal
  const next = refusal
    ? advance(workload, living, behaviour, progress, refusal)
    : { ...hoped, create: admissions.map(({ pod }) => pod!) }
  if (step >= of && behaviour === 'completes' && !refusal) delete rollouts[key]
  await Promise.all(next.remove.map(name => endPod(`${collection(pods, namespace)}/${name}`, administrator)))
  await Promise.all([
    ...next.create.map(pod => startPod(pod, administrator)),
    ...next.update.map(pod => writeStatus(pod, pod.status, administrator)),
    writeStatus(workload, next.status, administrator),
  ])
}

/** The API server's own admission of service accounts is off, as it would mount their tokens: this takes its place, and the webhook's. */
async function admission(pod: KubernetesObject, { cluster, world, administrator }: Controlled): Promise<Admission> {
  const account = await administrator.read(
    `/api/v1/namespaces/${pod.metadata.namespace}/serviceaccounts/${accountOf(pod)}`,
  )
  return admit(pod, account, cluster, world)
}

/** A pod is stored without the status that it comes with. */
async function startPod(pod: KubernetesObject, administrator: Administrator): Promise<void> {
  const made = await administrator.demand('POST', collection(pods, pod.metadata.namespace), pod)
  await writeStatus(made, pod.status, administrator)
}

/** Touches nothing else, whoever writes the object at the same time; it may also be gone by now. */
async function writeStatus(object: KubernetesObject, status: unknown, administrator: Administrator): Promise<void> {
  const patch = [{ op: 'add', path: '/status', value: status }]
  const target = `${pathOf(object)}/status`
  const answer = await administrator.ask('PATCH', target, patch, 'application/json-patch+json')
  if (answer.status === 200 || answer.status === 404) return
  throw new Error(`the status of ${target} was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}

/** At once: there is no kubelet that could end it gracefully, and then say so. */
const endPod = (path: string, administrator: Administrator) =>
  administrator.ask('DELETE', `${path}?gracePeriodSeconds=0`)

/** A pod that somebody deletes ends, and is made again: its workload is under way once more. */
async function replacePod(pod: KubernetesObject, controlled: Controlled): Promise<void> {
  const { administrator } = controlled
  await endPod(pathOf(pod), administrator)
  const candidates = await Promise.all(workloads.map(each => administrator.list(each, pod.metadata.namespace)))
  for (const workload of candidates.flat()) if (isOwnedBy(pod, workload)) beginRollout(workload, controlled)
}

async function endWorkload(workload: KubernetesObject, { cluster, administrator }: Controlled): Promise<void> {
  delete cluster.kubernetes.rollouts?.[keyOfObject(workload)]
  const orphans = podsOf(workload, await administrator.list(pods, workload.metadata.namespace))
  await Promise.all(orphans.map(pod => endPod(pathOf(pod), administrator)))
}

/** A namespace ends when it is empty and the finalizer that every namespace is born with is taken off. */
async function endNamespace(name: string, { cluster, administrator }: Controlled): Promise<void> {
  const kinds = kindsServedBy(cluster).filter(resource => resource.namespaced && stored(resource))
  await Promise.all(
    kinds.map(resource => administrator.demand('DELETE', `${collection(resource, name)}?gracePeriodSeconds=0`)),
  )
  const path = `/api/v1/namespaces/${name}`
  const ending = await administrator.read(path)
  if (ending) await administrator.demand('PUT', `${path}/finalize`, { ...ending, spec: { finalizers: [] } })
}
