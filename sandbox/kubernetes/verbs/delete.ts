import type { SandboxResponse } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { parseBody } from '../body.ts'
import { type Call, findLive } from '../call.ts'
import { react } from '../controllers.ts'
import { optionsOf } from '../options.ts'
import { conflict, notFound, success } from '../status.ts'
import { remove } from '../storage.ts'
import { currentTime } from '../timestamp.ts'

interface Preconditions {
  uid?: string
  resourceVersion?: string
}

interface DeleteOptions {
  preconditions?: Preconditions
  dryRun?: string[]
}

/** DELETE of one object. */
export function deleteObject(call: Call): SandboxResponse {
  const { resource, info, cluster, world } = call
  const { preconditions = {}, dryRun = [] } = deleteOptions(call)
  const isDryRun = dryRun.includes('All')
  const live = findLive(call)
  if (!live) throw notFound(resource, info.name)
  refuseOtherObject(preconditions, live, call)
  const ended = resource.kind === 'Pod' ? terminated(live, currentTime(world)) : live
  const deleted = isDryRun ? ended : remove(cluster.kubernetes, ended)
  if (!isDryRun) react(cluster, world, live, undefined)
  const details = {
    name: info.name,
    ...(info.group && { group: info.group }),
    kind: resource.plural,
    uid: live.metadata.uid!,
  }
  const body = answeredWithObject.includes(resource.kind) ? deleted : success(details)
  return { status: 200, body, ...(!isDryRun && { write: true }) }
}

/** Options in the body count alone: what the query says besides is not read. */
function deleteOptions(call: Call): DeleteOptions {
  if (call.request.body) return parseBody(call.request) as DeleteOptions
  return optionsOf(call).dryRun ? { dryRun: ['All'] } : {}
}

/** Whoever names a version or uid means no other object of that name. */
function refuseOtherObject(expected: Preconditions, { metadata }: KubernetesObject, { resource, info }: Call): void {
  const fault =
    expected.uid && expected.uid !== metadata.uid
      ? `the UID in the precondition (${expected.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`
      : expected.resourceVersion && expected.resourceVersion !== metadata.resourceVersion
        ? `the ResourceVersion in the precondition (${expected.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
        : ''
  // Here, unlike elsewhere, kube-apiserver names the kind where it means the resource.
  if (fault) throw conflict({ ...resource, plural: resource.kind }, info.name, fault)
}

/** A pod without a node ends at once, and is answered as it was then. */
function terminated(pod: KubernetesObject, time: string): KubernetesObject {
  const generation = (pod.metadata.generation ?? 0) + 1
  return { ...pod, metadata: { ...pod.metadata, generation, deletionTimestamp: time, deletionGracePeriodSeconds: 0 } }
}

/** Kinds whose deletion is answered with what was deleted; the others answer that it was. */
const answeredWithObject = ['Namespace', 'Pod', 'ServiceAccount']
