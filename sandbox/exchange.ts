import type { WebSocket } from 'ws'
import type { Keyring } from './keyring.ts'
import type { World } from './world.ts'

/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A request as it left the TLS tunnel; header names are lower-case, `path` has no query, a body of protobuf has a character for each byte. */
export interface SandboxRequest {
  host: string
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: string
}

/** What a part of the sandbox answers; an object as `body` is sent as JSON, and bytes as they are. */
export interface SandboxResponse {
  status: number
  headers?: Record<string, string>
  body?: object | string
  /** Who asked, as far as the handler found out: a name for the request log. */
  caller?: string
  /** True when the answer changed the world; reads, access reviews and token requests leave it out. */
  write?: boolean
  /** With status 101: what happens on the connection from now on. */
  converse?: (socket: WebSocket) => void
}

/** An answer as it is sent, but for its length. */
export interface SentResponse {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** Turns what a part of the sandbox answers into what is sent. */
export function onTheWire({ status, headers = {}, body = '' }: SandboxResponse): SentResponse {
  if (typeof body === 'string') return { status, headers, body: Buffer.from(body) }
  if (Buffer.isBuffer(body)) return { status, headers, body }
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers: { ...type, ...headers }, body: Buffer.from(JSON.stringify(body)) }
}

/** Answers every request for the hosts it stands in for. */
export type Handler = (
  request: SandboxRequest,
  world: World,
  keyring: Keyring,
) => SandboxResponse | Promise<SandboxResponse>
