import { once } from 'node:events'
import { createServer as createProxy, type IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { WebSocketServer } from 'ws'
import { onTheWire, type SandboxRequest, type SandboxResponse } from './exchange.ts'
import type { LoggedRequest, SandboxOptions } from './sandbox.ts'
import { createTraffic, type Site } from './traffic.ts'
import type { Obstacle } from './world.ts'

/** The one way into the sandbox: a CONNECT proxy on loopback that ends TLS itself and lets nothing through. */
export interface Gate {
  /** Address of the proxy, for HTTPS_PROXY. */
  url: string
  requests: LoggedRequest[]
  /** Whether nothing is on its way: no connection is being made, and every request that will be answered has been. */
  isIdle(): boolean
  close(): Promise<void>
}

/** Opens the gate on a free port. `siteOf` is asked anew for each connection and request, since a world can change. */
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
    if (!site) {
      traffic.refuse('CONNECT', host, '')
      throw new Error(`${host} is not part of this world`)
    }
    const { certificate, privateKey } = await site.certificate()
    const known = secureContexts.get(certificate)
    if (known) return known
    const context = createSecureContext({ cert: certificate, key: privateKey })
    secureContexts.set(certificate, context)
    return context
  }

  const proxy = createProxy()
  proxy.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0
    sockets.set(port, socket)
    connecting.add(port)
    socket.on('close', () => sockets.delete(port) && connecting.delete(port))
    socket.on('error', () => socket.destroy())
  })
  proxy.on('connect', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    const destination = incoming.url!.toLowerCase()
    const [host = '', port = ''] = destination.split(':')
    const site = port === '443' ? siteOf(host) : undefined
    if (!site) {
      traffic.refuse('CONNECT', destination, '')
      return void socket.end(forbidden(`${destination} is not part of this world`))
    }
    if (site.obstacle) {
      traffic.refuse('CONNECT', destination, '', 502)
      return void socket.end(refusal(502, dialError(site.obstacle, host)))
    }
    // An HTTP server leaves connections half open; a client that dies amid the TLS handshake would go unnoticed for two minutes.
    socket.allowHalfOpen = false
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.unshift(head)
    tls.emit('connection', socket)
  })
  proxy.on('request', (incoming, outgoing) => {
    traffic.refuse(incoming.method!, incoming.headers.host ?? '', incoming.url!)
    outgoing.socket?.end(forbidden(`${incoming.url} is not HTTPS, and nothing else is answered here`))
  })

  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests: traffic.requests,
    isIdle: () => connecting.size === 0 && answering === 0,
    close: () => {
      closing.abort()
      const closed = new Promise<void>(resolve => proxy.close(() => resolve()))
      for (const socket of sockets.values()) socket.destroy()
      return closed
    },
  }
}

/** Text; of protobuf, which is none, each byte as a character. */
const bodyOf = async (incoming: IncomingMessage): Promise<string> =>
  incoming.headers['content-type']?.includes('protobuf') ? (await buffer(incoming)).toString('latin1') : text(incoming)

async function received(incoming: IncomingMessage, body: Promise<string>): Promise<SandboxRequest> {
  const [path = '', query = ''] = incoming.url!.split(/\?(.*)/s)
  return {
    host: String((incoming.socket as TLSSocket).servername).toLowerCase(),
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

const forbidden = (reason: string): string =>
  refusal(403, `argo-aks-onboard sandbox: ${reason}; no request leaves this machine`)

/** The reason is in the status line as well: Go's clients show that and drop the body. */
function refusal(status: number, reason: string): string {
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: text/plain',
    `Content-Length: ${Buffer.byteLength(reason) + 1}`,
  ]
  return [...head, 'Connection: close', '', `${reason}\n`].join('\r\n')
}

/** What a proxy that is written in Go hears when it dials; its clients print it as if they had dialled themselves. */
function dialError(obstacle: Obstacle, host: string): string {
  if (obstacle === 'no such host') return `dial tcp: lookup ${host}: no such host`
  return `dial tcp 10.224.0.4:443: ${obstacle === 'timeout' ? 'i/o timeout' : 'connect: connection refused'}`
}
