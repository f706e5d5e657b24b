import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import type { AksCluster, World } from '../world.ts'
import { reviewAccess, reviewSelf } from './access-reviews.ts'
import { authenticate } from './authentication.ts'
import { refuseUnauthorized } from './authorization.ts'
import type { Call } from './call.ts'
import { discover } from './discovery.ts'
import { type ResourceRequest, requestInfo } from './request-info.ts'
import { findResource, isBuiltIn, kindsServedBy, type Resource, type Verb } from './resources.ts'
import { answerRefusal, methodNotAllowed, noSuchResource, notImplemented, Refusal } from './status.ts'
import { requestToken } from './tokens.ts'
import { create } from './verbs/create.ts'
import { deleteObject } from './verbs/delete.ts'
import { patch } from './verbs/patch.ts'
import { get, listObjects } from './verbs/read.ts'
import { update } from './verbs/update.ts'

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
    refuseUnauthorized(user, info, cluster, world)
    const resource = info.isResource && findServed(info, cluster)
    const answered = resource
      ? await answerResource({ request, info, resource, user, cluster, world }, keyring)
      : answerPath(request, cluster)
    return { ...answered, caller }
  } catch (error) {
    if (error instanceof Refusal) return { ...answerRefusal(error), caller }
    throw error
  }
}

/** Undefined for API groups that nobody serves. Throws 404 for a resource that a group does not have, 501 for one that only the sandbox lacks. */
function findServed(
  { apiVersion, group, resource, subresource }: ResourceRequest,
  cluster: AksCluster,
): Resource | undefined {
  const served = kindsServedBy(cluster)
  const found = findResource(apiVersion, resource, served)
  if (found && (!subresource || found.subresources?.[subresource])) return found
  if (isBuiltIn(apiVersion, resource, subresource)) {
    throw notImplemented(`serve ${resource}${subresource && `/${subresource}`} of ${apiVersion}`)
  }
  if (group && !served.some(kind => kind.apiVersion === apiVersion)) return undefined
  throw noSuchResource()
}

function answerPath({ path, method, host }: SandboxRequest, cluster: AksCluster): SandboxResponse {
  const document = method === 'GET' || method === 'HEAD' ? discover(path, host, kindsServedBy(cluster)) : undefined
  return document ?? pageNotFound
}

/** What kube-apiserver says of paths and of API groups that it does not serve: no Status, but text. */
const pageNotFound: SandboxResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
}

function answerResource(call: Call, keyring: Keyring): SandboxResponse | Promise<SandboxResponse> {
  const { info, resource } = call
  if (info.verb === 'watch') throw notImplemented(`watch: ${resource.plural}`)
  if (info.verb === 'deletecollection') throw notImplemented(`delete collections: ${resource.plural}`)
  const verbs: readonly string[] = info.subresource ? resource.subresources![info.subresource]!.verbs : resource.verbs
  if (!verbs.includes(info.verb) || isMisplaced(info)) throw methodNotAllowed()
  if (info.subresource === 'token') return requestToken(call, keyring)
  if (resource.kind.endsWith('AccessReview')) return reviewAccess(call)
  if (resource.kind === 'SelfSubjectReview') return reviewSelf(call)
  return verb[info.verb as Verb](call)
}

/** Objects are made in collections and changed by name. */
const isMisplaced = ({ verb, name, subresource }: ResourceRequest): boolean =>
  (verb === 'create' && name !== '' && subresource === '') || ((verb === 'update' || verb === 'patch') && name === '')

const verb: Record<Verb, (call: Call) => SandboxResponse> = {
  get,
  list: listObjects,
  create,
  update,
  patch,
  delete: deleteObject,
}
