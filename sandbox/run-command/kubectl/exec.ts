import { text } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import { type Call, unknown } from './arguments.ts'
import { pathOf, resourceOfType } from './discovery.ts'
import { Failure, ServerFailure, type Status } from './failure.ts'
import { readStatus, type Server, serverOf } from './server.ts'

interface Pod {
  metadata: { name: string; creationTimestamp: string }
  spec: { containers: { name: string }[]; initContainers?: { name: string }[] }
  status?: { phase?: string; conditions?: { type: string; status: string }[] }
}

/** `exec --namespace NS [TYPE/]NAME --container C -- COMMAND`: runs a command and ends as it ended. */
export async function exec(call: Call): Promise<void> {
  const { namespace = 'default', container = '' } = call.flags
  const [target = ''] = call.operands
  if (!container || call.command.length === 0) throw unknown('exec without --container and a command behind --')
  const server = serverOf(call)
  const pod = await podOf(server, namespace, target)
  const { name } = pod.metadata
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ name }) => name)
  if (!all.includes(container)) {
    throw new Failure(`error: container ${container} is not valid for pod ${name} out of: ${all.join(', ')}`)
  }
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' })
  for (const word of call.command) query.append('command', word)
  await converse(server, `/api/v1/namespaces/${namespace}/pods/${name}/exec?${query}`)
}

async function podOf(server: Server, namespace: string, target: string): Promise<Pod> {
  const [type, name] = target.includes('/') ? (target.split('/') as [string, string]) : (['pods', target] as const)
  const resource = await resourceOfType(server, type)
  if (!resource) throw unknown(`the type ${type}`)
  const object = JSON.parse(await server.send('GET', pathOf(resource, namespace, name)))
  if (resource.plural === 'pods') return object

  const selector = Object.entries(object.spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`)
  const query = new URLSearchParams({ labelSelector: selector.join() })
  const { items } = JSON.parse(await server.send('GET', `/api/v1/namespaces/${namespace}/pods?${query}`))
  const [best] = (items as Pod[]).sort((one, other) => readiness(other) - readiness(one))
  if (!best) throw new Failure('error: timed out waiting for the condition')
  return best
}

/** A pod that is ready comes first, then one that runs. */
function readiness({ status = {} }: Pod): number {
  const isReady = status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  return (isReady ? 2 : 0) + (status.phase === 'Running' ? 1 : 0)
}

const channels = { stdout: 1, stderr: 2, status: 3 }

async function converse(server: Server, path: string): Promise<void> {
  const connection = await server.connect()
  const socket = new WebSocket(new URL(path, server.url.replace(/^https/, 'wss')), 'v5.channel.k8s.io', {
    headers: { authorization: `Bearer ${server.token}` },
    createConnection: () => connection,
  })
  const status = await new Promise<Status & { status: string }>((resolve, reject) => {
    socket.on('message', (message: Buffer) => {
      const content = message.subarray(1)
      if (message[0] === channels.stdout) process.stdout.write(content)
      if (message[0] === channels.stderr) process.stderr.write(content)
      if (message[0] === channels.status) resolve(JSON.parse(content.toString()))
    })
    socket.on('unexpected-response', async (_, answer) =>
      reject(new ServerFailure(readStatus(answer.statusCode ?? 0, await text(answer)))),
    )
    socket.on('error', error => reject(new Failure(`error: ${error.message}`)))
    socket.on('close', () => reject(new Failure('error: the connection was closed before the program ended')))
  })
  socket.close()
  if (status.status === 'Success') return
  const code = Number(status.details?.causes?.[0]?.message)
  if (status.reason !== 'NonZeroExitCode') throw new Failure(`error: ${status.message}`)
  throw new Failure(`command terminated with exit code ${code}`, code)
}
