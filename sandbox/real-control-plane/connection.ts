import { Pool } from 'undici'
import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { hostsOf } from '../sites.ts'
import type { AksCluster } from '../world.ts'

/** A few connections to one kube-apiserver, shared by all who ask it. */
export interface Connection {
  send(request: Omit<SandboxRequest, 'host'>): Promise<SandboxResponse>
  close(): Promise<void>
}

/** Prepares connections to the API server of a cluster, whose certificate has to be the cluster's own. */
export async function connectTo(cluster: AksCluster, port: number, keyring: Keyring): Promise<Connection> {
  const [servername] = hostsOf(cluster)
  const { certificate } = await keyring.authority(cluster.authority.served)
  const pool = new Pool(`https://127.0.0.1:${port}`, {
    connections: 8,
    connect: { ca: certificate, ...(servername && { servername }) },
  })
  return {
    send: async ({ method, path, query, headers, body }) => {
      const {
        statusCode,
        headers: received,
        body: stream,
      } = await pool.request({
        method: method as 'GET',
        path: query.size > 0 ? `${path}?${query}` : path,
        headers: forwarded(headers, path),
        ...(body && { body }),
      })
      const bytes = Buffer.from(await stream.arrayBuffer())
      return {
        status: statusCode,
        headers: answered(received),
        body: readBody(bytes, String(received['content-type'])),
      }
    },
    close: () => pool.destroy(),
  }
}

/** What belongs to one connection, and not to the request or the answer (RFC 9110, section 7.6.1). */
const hops = ['connection', 'content-length', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/**
 * Bodies pass through the sandbox as text: so they come neither compressed nor in Kubernetes' binary formats. OpenAPI is nothing that the sandbox
 * reads, and kubectl takes no other format of it.
 */
function forwarded(headers: Record<string, string>, path: string): Record<string, string> {
  const { 'accept-encoding': _, accept = '', ...rest } = without(hops, headers)
  if (path.startsWith('/openapi/')) return { ...rest, accept }
  const texts = accept.split(',').filter(type => !/protobuf|cbor/.test(type))
  return { ...rest, accept: texts.join(',') || 'application/json' }
}

const answered = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(without([...hops, 'date'], headers)).map(([name, value]) => [name, [value].flat().join(', ')]),
  )

const without = <Value>(names: string[], headers: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))

function readBody(bytes: Buffer, type: string): object | string {
  if (/protobuf/.test(type)) return bytes
  return /^application\/json/.test(type) ? JSON.parse(bytes.toString()) : bytes.toString()
}
