import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { WebSocketServer } from 'ws'
import { onTheWire, type SandboxRequest, type SandboxResponse } from './exchange.ts'
import { machineHost } from './machine/identity-endpoint.ts'
import type { LoggedRequest, SandboxOptions } from './sandbox.ts'
import { createTraffic, type Site } from './traffic.ts'
import { byName, throughProxy } from './ways-in.ts'

/** The way into the sandbox: it ends TLS itself and lets nothing through. */
export interface Gate {
  /** Variables by which clients find it; none where names lead to it. */
  environment: Record<string, string>
  requests: LoggedRequest[]
  /** Where the runner's machine answers, which is asked in plain HTTP and by no proxy. */
  machine?: string
  /** Whether nothing is on its way: no connection is being made, and every request that will be answered has been. */
  isIdle(): boolean
  close(): Promise<void>
}

/**
 * Opens a gate: a proxy on a free port of loopback, or without one where `options.byName` says. `siteOf` is asked anew for each connection and
 * request, since a world can change.
 */
export async function openGate(siteOf: (host: string) => Site | undefined, options: SandboxOptions): Promise<Gate> {
  const closing = new AbortController()
  const traffic = createTraffic(options, closing.signal)
  const sockets = new Map<number, Socket>()
  const connecting = new Set<number>()
  let answering = 0

  const tls = createTlsServer({
    ALPNProtocols: ['http/1.1'],
    SNICallback: (host, done) => contextOf(host).then(context => done(null, context), done),
  })
  // Longer than any pause of a client, so that a connection does not close just as the client takes it up again.
  tls.keepAliveTimeout = 120_000
  tls.on('request', (incoming, outgoing) => answer(incoming, outgoing))
  tls.on('upgrade', (incoming, socket: Socket, head) => {
    const outgoing = new ServerResponse(incoming)
    outgoing.shouldKeepAlive = false
    outgoing.assignSocket(socket)
    outgoing.once('finish', () => socket.end())
    answer(incoming, outgoing, async converse => {
      outgoing.detachSocket(socket)
      webSockets.handleUpgrade(incoming, socket, head, converse)
      await once(socket, 'close')
    })
  })
  const webSockets = new WebSocketServer({ noServer: true })

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse, upgrade?: Upgrade): Promise<void> {
    const start = Date.now()
    const port = incoming.socket.remotePort ?? 0
    connecting.delete(port)
    answering += 1
    const body = upgrade ? Promise.resolve('') : bodyOf(incoming)
    const request = await received(incoming, body).catch(() => undefined)
    const site = request && siteOf(request.host)
    const outcome = site && (await traffic.carry(request, site, start))
    if (!outcome) outgoing.destroy()
    else if (outcome === 'reset') sockets.get(port)?.resetAndDestroy()
    else if (outcome !== 'hang' && outcome.converse && upgrade) await upgrade(outcome.converse)
    else if (outcome !== 'hang') await send(outcome, outgoing)
    answering -= 1
  }

  const secureContexts = new Map<string, SecureContext>()
  async function contextOf(host: string): Promise<SecureContext> {
    const site = siteOf(host.toLowerCase())
    // Behind a proxy the name that it was asked for has been judged; the name of the certificate may be another (SNI).
    if (!site || (options.byName && site.obstacle)) {
      traffic.refuse('CONNECT', host, '')
      throw new Error(`${host} is not part of this world, or out of reach in it`)
    }
    const { certificate, privateKey } = await site.certificate()
    const known = secureContexts.get(certificate)
    if (known) return known
    const context = createSecureContext({ cert: certificate, key: privateKey })
    secureContexts.set(certificate, context)
    return context
  }

  const way = options.byName ? byName : throughProxy
  async function listen(server: Server | NetServer, at: { host: string; port: number }): Promise<string> {
    server.on('connection', (socket: Socket) => {
      const port = socket.remotePort ?? 0
      sockets.set(port, socket)
      connecting.add(port)
      socket.on('close', () => sockets.delete(port) && connecting.delete(port))
      socket.on('error', () => socket.destroy())
    })
    server.listen(at)
    await once(server, 'listening')
    const { address, port } = server.address() as AddressInfo
    return `http://${address}:${port}`
  }
  const anywhere = { host: '127.0.0.1', port: 0 }
  const entrance = way(siteOf, traffic, socket => tls.emit('connection', socket))
  const url = await listen(entrance, options.byName ?? anywhere)
  const machine = siteOf(machineHost) && createServer((incoming, outgoing) => answer(incoming, outgoing))
  const machineUrl = machine && (await listen(machine, options.byName ? { host: machineHost, port: 80 } : anywhere))
  return {
    environment: options.byName ? {} : proxyVariables(url),
    ...(machineUrl && { machine: machineUrl }),
    requests: traffic.requests,
    isIdle: () => connecting.size === 0 && answering === 0,
    close: () => {
      closing.abort()
      const closed = [entrance, machine].map(
        server => new Promise(resolve => (server ? server.close(resolve) : resolve(undefined))),
      )
      for (const socket of sockets.values()) socket.destroy()
      return Promise.all(closed).then(() => {})
    },
  }
}

/** Text; of protobuf, which is none, each byte as a character. */
const bodyOf = async (incoming: IncomingMessage): Promise<string> =>
  incoming.headers['content-type']?.includes('protobuf') ? (await buffer(incoming)).toString('latin1') : text(incoming)

async function received(incoming: IncomingMessage, body: Promise<string>): Promise<SandboxRequest> {
  const [path = '', query = ''] = incoming.url!.split(/\?(.*)/s)
  return {
    host: String((incoming.socket as Partial<TLSSocket>).servername ?? machineHost).toLowerCase(),
    method: incoming.method!,
    path,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: await body,
  }
}

/** Waits until the last byte has gone out, or there is nobody left to take it. */
async function send(response: SandboxResponse, outgoing: ServerResponse): Promise<void> {
  const { status, headers, body } = onTheWire(response)
  outgoing.writeHead(status, { 'content-length': String(body.length), ...headers }).end(body)
  if (!outgoing.closed) await new Promise(resolve => outgoing.once('close', resolve))
}

/** Turns a connection into a web socket and waits until it is closed. */
type Upgrade = (converse: NonNullable<SandboxResponse['converse']>) => Promise<void>

const proxyVariables = (url: string): Record<string, string> => ({ HTTPS_PROXY: url, https_proxy: url, NO_PROXY: '' })
