import { createServer as createProxy, type IncomingMessage } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import type { Site, Traffic } from './traffic.ts'
import type { Obstacle } from './world.ts'

/** A server by which connections come into the sandbox. Each is handed to `enter` where TLS begins on it. */
export type WayIn = (
  siteOf: (host: string) => Site | undefined,
  traffic: Traffic,
  enter: (socket: Socket) => void,
) => Server

/** As behind a company's proxy: CONNECT says where a connection shall lead, and it leads to hosts of this world or nowhere. */
export const throughProxy: WayIn = (siteOf, traffic, enter) => {
  const proxy = createProxy()
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
    enter(socket)
  })
  proxy.on('request', (incoming, outgoing) => {
    traffic.refuse(incoming.method!, incoming.headers.host ?? '', incoming.url!)
    outgoing.socket?.end(forbidden(`${incoming.url} is not HTTPS, and nothing else is answered here`))
  })
  return proxy
}

/** As without a proxy: names lead here (see `hosts-file.ts`), and TLS says which of them is meant. */
export const byName: WayIn = (_siteOf, _traffic, enter) => createServer({ noDelay: true }, enter)

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
