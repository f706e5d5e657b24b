import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A kube-apiserver on its own etcd, as bare as it comes: RBAC, and tokens from a file. */
export interface RealServer {
  url: string
  send(asked: RealRequest): Promise<{ status: number; body: unknown }>
  stop(): Promise<void>
}

export interface RealRequest {
  method: string
  /** Path with query. */
  path: string
  headers: Record<string, string>
  body: string
}

/** A caller by static token: kube-apiserver's --token-auth-file. */
export interface KnownCaller {
  token: string
  name: string
  uid: string
  groups: string[]
}

/** Starts both from a folder in the envtest convention (KUBEBUILDER_ASSETS) and waits until the server is ready. */
export async function startRealServer(assets: string, callers: KnownCaller[]): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-apiserver-'))
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()]
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const etcd = spawn(join(assets, 'etcd'), [
    ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
    ...['--listen-client-urls', `http://127.0.0.1:${client}`, '--advertise-client-urls', `http://127.0.0.1:${client}`],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-cluster', `default=http://127.0.0.1:${peer}`],
  ])
  const tokens = callers.map(
    ({ token, name, uid, groups }) => `${token},${name},${uid}${groups.length > 0 ? `,"${groups.join(',')}"` : ''}\n`,
  )
  const server = spawn(join(assets, 'kube-apiserver'), [
    ...[`--etcd-servers=http://127.0.0.1:${client}`, `--secure-port=${port}`, '--bind-address=127.0.0.1'],
    ...[
      `--cert-dir=${folder}`,
      `--token-auth-file=${file('tokens.csv', tokens.join(''))}`,
      '--authorization-mode=RBAC',
    ],
    ...['--service-account-issuer=https://issuer.sandbox/', '--api-audiences=https://kubernetes.default.svc'],
    `--service-account-signing-key-file=${file('sa.key', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)}`,
    `--service-account-key-file=${file('sa.pub', keys.publicKey.export({ type: 'spki', format: 'pem' }) as string)}`,
    ...['--service-cluster-ip-range=10.0.0.0/24', '--disable-admission-plugins=ServiceAccount', '--v=0'],
  ])
  const log = collect(server)
  const stop = async () => {
    await Promise.all([end(server), end(etcd)])
    rmSync(folder, { recursive: true, force: true })
  }
  const send = (asked: RealRequest) => sendTo(port, asked)
  try {
    await ready(send, server)
  } catch (error) {
    await stop()
    throw new Error(`kube-apiserver did not start: ${log().slice(-2000)}`, { cause: error })
  }
  return { url: `https://127.0.0.1:${port}`, send, stop }
}

/** Whatever the certificate is: the server is our own child on loopback. */
function sendTo(
  port: number,
  { method, path, headers, body }: RealRequest,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const asked = request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, ...length }, rejectUnauthorized: false },
      answer => {
        const chunks: Buffer[] = []
        answer.on('data', chunk => chunks.push(chunk))
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = answer.headers['content-type']?.includes('json') ?? false
          resolve({ status: answer.statusCode ?? 0, body: isJson ? JSON.parse(text) : text })
        })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

async function ready(send: RealServer['send'], server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 240 && server.exitCode === null; attempt += 1) {
    const answer = await send({ method: 'GET', path: '/readyz', headers: {}, body: '' }).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(250)
  }
  throw new Error('not ready')
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', chunk => {
    text += chunk
  })
  return () => text
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(deadline)
}

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
