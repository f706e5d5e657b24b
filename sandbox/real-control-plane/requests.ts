import { decodeJwt } from 'jose'
import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { type RequestInfo, type ResourceRequest, requestInfo } from '../kubernetes/request-info.ts'
import { answerRefusal, notImplemented } from '../kubernetes/status.ts'
import type { KubernetesObject } from '../world.ts'
import type { Connection } from './connection.ts'
import { beforeRead, type Controlled, react } from './controllers.ts'

/** A real API server, with everything that the sandbox adds to it. */
export interface ApiServer extends Controlled {
  connection: Connection
  keyring: Keyring
  /** Runs tasks one after the other, in the order in which they were given: controllers do not work against each other. */
  inTurn<Result>(task: () => Promise<Result>): Promise<Result>
}

/**
 * Passes a request on to a real API server. Its controllers work before a read is answered and after a write was, so that whoever asks
 * sees the same steps as of an embedded one; what that one refuses is refused here as well.
 */
export async function passOn(request: SandboxRequest, server: ApiServer): Promise<SandboxResponse> {
  const info = requestInfo(request)
  if (info.verb === 'watch' || info.verb === 'deletecollection') return refuse(info)
  const isRead = ['get', 'list', 'head'].includes(info.verb)
  const answer = info.isResource && !isRead ? await write(request, info, server) : await read(request, info, server)
  return { ...answer, caller: answer.status === 401 ? '' : callerOf(request) }
}

const refuse = (info: RequestInfo): SandboxResponse => {
  const what = info.verb === 'watch' ? 'watch' : 'delete collections'
  return answerRefusal(notImplemented(`${what}: ${info.isResource ? info.resource : info.path}`))
}

async function read(request: SandboxRequest, info: RequestInfo, server: ApiServer): Promise<SandboxResponse> {
  if (info.isResource) await server.inTurn(() => beforeRead(info, server))
  return server.connection.send(request)
}

async function write(request: SandboxRequest, info: ResourceRequest, server: ApiServer): Promise<SandboxResponse> {
  const path = pathOfObject(request, info)
  const before = info.name ? await server.administrator.read(path) : undefined
  const answer = await server.connection.send(request)
  if (answer.status >= 300 || isDryRun(request)) return answer
  if (info.subresource === 'token') registerToken(answer, info, server)
  const after = await afterwards(path, info, answer, server)
  if (!hasChanged(before, after)) return answer
  await server.inTurn(() => react(server, before, after))
  return { ...answer, write: true }
}

const pathOfObject = ({ path }: SandboxRequest, { subresource }: ResourceRequest): string =>
  subresource ? path.slice(0, -`/${subresource}`.length) : path

/** The object as it is then; a subresource answers with something else than the object that it changes. */
async function afterwards(
  path: string,
  { verb, subresource }: ResourceRequest,
  { body }: SandboxResponse,
  { administrator }: ApiServer,
): Promise<KubernetesObject | undefined> {
  if (subresource) return administrator.read(path)
  return verb === 'delete' ? undefined : (body as KubernetesObject)
}

/** A deletion may say so in its body. */
const isDryRun = ({ query, body, method }: SandboxRequest): boolean =>
  query.has('dryRun') || (method === 'DELETE' && body.includes('"dryRun"'))

/** Whether a version of the object was stored: reviews and tokens have none, and a write that changes nothing makes none. */
function hasChanged(before: KubernetesObject | undefined, after: KubernetesObject | undefined): boolean {
  if (!after) return before !== undefined
  const { resourceVersion } = after.metadata
  return resourceVersion !== undefined && resourceVersion !== before?.metadata.resourceVersion
}

/** Tokens that an API server signs itself are as secret as those of the keyring. */
function registerToken({ body }: SandboxResponse, { namespace, name }: ResourceRequest, server: ApiServer): void {
  const { status } = body as { status?: { token?: string } }
  const label = `service account ${namespace}/${name} of ${server.cluster.arm.name}`
  if (status?.token) server.keyring.register(status.token, label)
}

/** The name that authentication, which was a success, has found in the token. */
function callerOf({ headers }: SandboxRequest): string {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (!token) return 'system:anonymous'
  const { oid, sub } = decodeJwt<{ oid?: string }>(token)
  return oid ?? sub ?? ''
}
