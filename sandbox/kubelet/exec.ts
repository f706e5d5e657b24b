import type { WebSocket } from 'ws'
import type { Administer } from '../administrator.ts'
import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { ApiServers } from '../sandbox.ts'
import type { AksCluster, KubernetesObject } from '../world.ts'
import type { RunInContainer, Said } from './container.ts'

/** Answers a request to run a program in a container: `kubectl exec`. */
export type Exec = (cluster: AksCluster, request: SandboxRequest) => Promise<SandboxResponse>

const execPath = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/exec$/

/** Tells such a request from the others that come to an API server. */
export const isExec = ({ path }: SandboxRequest): boolean => execPath.test(path)

/** A byte in front of every message says what it is part of: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets */
const protocol = 'v5.channel.k8s.io'
const channel = { stdout: 1, stderr: 2, status: 3 }

/**
 * Exec as API server and kubelet answer it together, on embedded and real API servers alike: neither has nodes to pass it on to. Web sockets
 * are played, and no standard input: what kubectl opens for a program that reads nothing.
 */
export const execIn =
  (apiServers: ApiServers, administer: Administer, runInContainer: RunInContainer): Exec =>
  async (cluster, request) => {
    // The API server knows who this is and what they may; what else it says of exec does not count.
    const { status, body, caller = '' } = await apiServers.answer(cluster, asCreation(request))
    if (status === 401 || status === 403) return { status, body: body!, caller }

    const [, namespace, name] = execPath.exec(request.path)!
    const found = await administer(cluster, 'GET', `/api/v1/namespaces/${namespace}/pods/${name}`)
    if (found.status !== 200) return { ...found, caller }
    const pod = found.body as KubernetesObject
    const container = request.query.get('container') ?? containersOf(pod)[0]!.name
    const refusal = refusalOf(request, pod, container)
    if (refusal) return { ...refusal, caller }

    const run = (say: Said, gone: AbortSignal) =>
      runInContainer(cluster, pod, container, request.query.getAll('command'), say, gone)
    return { status: 101, caller, converse: socket => converse(socket, run) }
  }

/** To run a program is to create, whatever the method: https://kubernetes.io/docs/reference/access-authn-authz/authorization */
function asCreation({ headers, ...request }: SandboxRequest): SandboxRequest {
  const { authorization } = headers
  return {
    ...request,
    method: 'POST',
    headers: { accept: 'application/json', ...(authorization && { authorization }) },
  }
}

function refusalOf(request: SandboxRequest, pod: KubernetesObject, container: string): SandboxResponse | undefined {
  const { query, headers } = request
  if (!containersOf(pod).some(({ name }) => name === container)) {
    return refused(400, 'BadRequest', `container ${container} is not valid for pod ${pod.metadata.name}`)
  }
  if (query.get('stdin') === 'true' || query.get('tty') === 'true') {
    return refused(501, 'NotImplemented', 'the sandbox does not exec with standard input or a terminal')
  }
  if (headers.upgrade?.toLowerCase() !== 'websocket' || !headers['sec-websocket-protocol']?.includes(protocol)) {
    return refused(501, 'NotImplemented', `the sandbox does not exec over anything but web sockets with ${protocol}`)
  }
  if (isRunning(pod, container)) return undefined
  const why = `unable to upgrade connection: container not found ("${container}")`
  return refused(500, 'InternalError', `Internal error occurred: ${why}`)
}

async function converse(socket: WebSocket, run: (say: Said, gone: AbortSignal) => Promise<object>): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  const send = (to: number, text: string | Buffer) => socket.send(Buffer.concat([Buffer.from([to]), Buffer.from(text)]))
  const say: Said = (stream, chunk) => send(channel[stream], chunk)
  send(channel.status, JSON.stringify(await run(say, gone.signal).catch(ownFailure)))
  socket.close(1000)
}

/** A fault of the sandbox itself must not look like one of the container's. */
const ownFailure = (error: Error): object => {
  process.stderr.write(`The sandbox failed at exec\n${error.stack}\n`)
  return { metadata: {}, status: 'Failure', message: `the sandbox failed: ${error.message}`, reason: 'InternalError' }
}

const containersOf = (pod: KubernetesObject) => (pod.spec as { containers: { name: string }[] }).containers

function isRunning(pod: KubernetesObject, container: string): boolean {
  const { containerStatuses = [] } = (pod.status ?? {}) as { containerStatuses?: { name: string; state?: object }[] }
  return containerStatuses.some(({ name, state }) => name === container && state && 'running' in state)
}

const refused = (code: number, reason: string, message: string): SandboxResponse => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
})
