import { ProxyAgent, request } from 'undici'
import type { Sandbox } from '../../sandbox/sandbox.ts'

export interface Visit {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** Authorities to trust, PEM; the sandbox's root unless told otherwise. */
  ca?: string
  /** Milliseconds to wait for an answer. */
  patience?: number
}

export interface Answer {
  status: number
  headers: Record<string, unknown>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever fields they expect
  json: any
}

/** Sends one request through a sandbox's gate on a connection of its own. */
export async function visit(sandbox: Sandbox, url: string, options: Visit = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body = null, ca = sandbox.keyring.rootCertificate, patience = 10_000 } = options
  const dispatcher = new ProxyAgent({ uri: sandbox.environment.HTTPS_PROXY!, requestTls: { ca } })
  try {
    const answer = await request(url, {
      method: method as 'GET',
      headers,
      body,
      dispatcher,
      signal: AbortSignal.timeout(patience),
    })
    const text = await answer.body.text()
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : undefined,
    }
  } finally {
    await dispatcher.destroy()
  }
}
