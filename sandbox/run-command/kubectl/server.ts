import { readFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { request } from 'node:https'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Call, unknown } from './arguments.ts'
import { Failure, ServerFailure, type Status, statusOf } from './failure.ts'

/** The API server that a call is for, and as whom. */
export interface Server {
  /** As it was given, with or without a port. */
  url: string
  token: string
  /** Opens a connection that is trusted; throws as kubectl says it where there is none to be had. */
  connect(): Promise<TLSSocket>
  /** Sends a request and returns what a success holds. Throws `ServerFailure` for any other answer. */
  send(method: string, path: string, body?: string, type?: string): Promise<string>
}

interface Kubeconfig {
  clusters?: {
    cluster: {
      server: string
      'certificate-authority-data'?: string
      'tls-server-name'?: string
      'proxy-url'?: string
    }
  }[]
  users?: { user: { token?: string } }[]
}

/** The server that the flags name, else the one of the kubeconfig, which is JSON and holds one of everything. */
export function serverOf({ flags }: Call): Server {
  const { cluster, user } = readKubeconfig(flags.kubeconfig ?? process.env.KUBECONFIG ?? '')
  const url = flags.server ?? cluster?.server
  const token = flags.token ?? user?.token
  const data = cluster?.['certificate-authority-data'] ?? ''
  const ca = flags['certificate-authority'] ? readFile(flags['certificate-authority']) : Buffer.from(data, 'base64')
  if (!url) throw unknown('a call without a server')
  if (!token) throw askForUsername()

  const name = cluster?.['tls-server-name']
  const proxy = cluster?.['proxy-url'] ?? process.env.HTTPS_PROXY ?? ''
  const connect = () => trustedConnection(url, ca, name, proxy)
  const send: Server['send'] = async (method, path, body = '', type = 'application/json') => {
    const socket = await connect()
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'user-agent': 'kubectl/sandbox',
      ...(body && { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }),
    }
    try {
      const answer = await answerTo(
        request(new URL(path, url), { method, headers, createConnection: () => socket }).end(body),
      )
      const content = await text(answer)
      if (isSuccess(answer)) return content
      throw new ServerFailure(readStatus(answer.statusCode ?? 0, content))
    } catch (error) {
      if (error instanceof Failure) throw error
      throw unreachable((error as Error).message === 'socket hang up' ? 'EOF' : (error as Error).message, url)
    } finally {
      socket.destroy()
    }
  }
  return { url, token, connect, send }
}

const answerTo = (asked: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => asked.on('response', resolve).on('error', reject))

/** As client-go sees it. */
const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode <= 206

/** The Status that an answer holds, or the one that kubectl makes up for it. */
export function readStatus(code: number, content: string): Status {
  const status = content.startsWith('{') ? (JSON.parse(content) as Status) : undefined
  return status?.kind === 'Status' ? status : statusOf(code, content.trim())
}

function readKubeconfig(file: string) {
  const content = readFile(file).trim()
  const { clusters, users } = (content ? JSON.parse(content) : {}) as Kubeconfig
  return { cluster: clusters?.[0]?.cluster, user: users?.[0]?.user }
}

/** Reads a file that an argument names. */
export function readFile(name: string): string {
  try {
    return readFileSync(name, 'utf8')
  } catch {
    throw new Failure(`error: open ${name}: no such file or directory`)
  }
}

/** Without a token kubectl asks at the terminal who is there, and where there is no terminal it ends at once. */
function askForUsername(): Failure {
  process.stdout.write('Please enter Username: ')
  return new Failure('error: EOF')
}

async function trustedConnection(
  url: string,
  ca: string | Buffer,
  name: string | undefined,
  proxy: string,
): Promise<TLSSocket> {
  const { hostname, port } = new URL(url)
  const servername = name ?? hostname
  const socket = await tunnel(proxy, hostname, port || '443', url)
  return new Promise((resolve, reject) => {
    const tls: TLSSocket = connectTls({ socket, servername, ca }, () => resolve(tls))
    tls.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(distrust(error, servername), url)))
  })
}

/** The network begins behind a proxy, which says in its status line what it met with on the way: as Go's clients do, that is all that is shown. */
function tunnel(proxy: string, host: string, port: string, url: string): Promise<Socket> {
  const target = `${host}:${port}`
  return new Promise((resolve, reject) => {
    requestPlain(proxy, { method: 'CONNECT', path: target, headers: { host: target } })
      .on('connect', ({ statusCode, statusMessage = '' }, socket) => {
        if (statusCode === 200) resolve(socket)
        else reject(unreachable(statusMessage, url))
      })
      .on('error', error => reject(unreachable(error.message, url)))
      .end()
  })
}

function unreachable(why: string, url: string): Failure {
  const host = url.replace(/^https:\/\//, '').replace(/\/.*$/, '')
  if (!why.includes('connection refused')) return new Failure(`Unable to connect to the server: ${why}`)
  return new Failure(`The connection to the server ${host} was refused - did you specify the right host or port?`)
}

/** Node's words for a certificate that is not trusted, in Go's. */
function distrust({ code = '', message, ...error }: NodeJS.ErrnoException, host: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { cert } = error as unknown as { cert: { subjectaltname?: string } }
    const names = (cert.subjectaltname ?? '').replaceAll('DNS:', '')
    return `tls: failed to verify certificate: x509: certificate is valid for ${names}, not ${host}`
  }
  if (!/CERT|ISSUER|SIGNATURE/.test(code)) return message
  return 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
}
