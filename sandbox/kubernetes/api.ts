import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import type { AksCluster, World } from '../world.ts'
import { reviewAccess, reviewSelf } from './access-reviews.ts'
import { authenticate, type User } from './authentication.ts'
import type { Call } from './call.ts'
import { discover } from './discovery.ts'
import { authorize } from './rbac.ts'
import { get, listObjects } from './read.ts'
import { type RequestInfo, type ResourceRequest, requestInfo } from './request-info.ts'
import { findResource, type Resource, type Verb } from './resources.ts'
import { answerRefusal, forbidden, methodNotAllowed, noSuchResource, notImplemented, Refusal } from './status.ts'
import { requestToken } from './tokens.ts'
import { create, deleteObject, patch, update } from './write.ts'

/**
 * Answers as the API server of an AKS cluster: a small, honest kube-apiserver v1.36. Who asks is found out first, then
 * whether they may, then what they asked for; what the sandbox does not do is a 501 that names it.
 */
export async function answer(
  request: SandboxRequest,
  cluster: AksCluster,
  world: World,
  keyring: Keyring,
): Promise<SandboxResponse> {
  let caller = ''
  try {
    const user = await authenticate(request, cluster, world, keyring)
    caller = user.name
    const info = requestInfo(request)
    refuseUnauthorized(user, info, cluster)
    const answered = info.isResource
      ? await answerResource({ request, info, resource: served(info), user, cluster, world }, keyring)
      : answerPath(request)
    return { ...answered, caller }
  } catch (error) {
    if (error instanceof Refusal) return { ...answerRefusal(error), caller }
    throw error
  }
}

function refuseUnauthorized(user: User, info: RequestInfo, { kubernetes }: AksCluster): void {
  const { allowed, reason } = authorize(user, info, kubernetes)
  if (allowed) return
  const why = `User "${user.name}" cannot ${info.verb} ${describe(info)}`
  const { apiVersion, resource, name } = info.isResource ? info : { apiVersion: 'v1', resource: '', name: '' }
  throw forbidden({ apiVersion, plural: resource }, name, reason ? `${why}: ${reason}` : why)
}

function describe(info: RequestInfo): string {
  if (!info.isResource) return `path "${info.path}"`
  const what = info.subresource ? `${info.resource}/${info.subresource}` : info.resource
  const where = info.namespace ? `in the namespace "${info.namespace}"` : 'at the cluster scope'
  return `resource "${what}" in API group "${info.group}" ${where}`
}

function answerPath({ path, method, host }: SandboxRequest): SandboxResponse {
  const document = method === 'GET' || method === 'HEAD' ? discover(path, host) : undefined
  if (document) return document
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '404 page not found\n' }
}

function served({ apiVersion, resource, subresource }: ResourceRequest): Resource {
  const found = findResource(apiVersion, resource)
  if (!found || (subresource && !found.subresources?.[subresource])) throw noSuchResource()
  return found
}

function answerResource(call: Call, keyring: Keyring): SandboxResponse | Promise<SandboxResponse> {
  const { info, resource } = call
  if (info.verb === 'watch') throw notImplemented(`watch: ${resource.plural}`)
  if (info.verb === 'deletecollection') throw notImplemented(`delete collections: ${resource.plural}`)
  const verbs: readonly string[] = info.subresource ? resource.subresources![info.subresource]!.verbs : resource.verbs
  if (!verbs.includes(info.verb)) throw methodNotAllowed()
  if (info.subresource === 'token') return requestToken(call, keyring)
  if (resource.kind.endsWith('AccessReview')) return reviewAccess(call)
  if (resource.kind === 'SelfSubjectReview') return reviewSelf(call)
  return verb[info.verb as Verb](call)
}

const verb: Record<Verb, (call: Call) => SandboxResponse> = {
  get,
  list: listObjects,
  create,
  update,
  patch,
  delete: deleteObject,
}
