import { channel } from 'node:diagnostics_channel'
import { setTimeout as pause } from 'node:timers/promises'
import type { SandboxRequest, SandboxResponse } from './exchange.ts'
import type { KeyPair } from './keyring.ts'
import type { Fault, LoggedRequest, SandboxOptions } from './sandbox.ts'
import type { Obstacle } from './world.ts'

/** What stands behind a host name. */
export interface Site {
  /** What keeps a connection from getting there. */
  obstacle?: Obstacle | undefined
  certificate(): Promise<KeyPair>
  answer(request: SandboxRequest): SandboxResponse | Promise<SandboxResponse>
}

/** How a request ends: with an answer, with a connection that breaks, or with silence. */
export type Outcome = SandboxResponse | 'reset' | 'hang'

/** A request with its answer, whether the client lives to hear that or not; `isFault` where a fault gave it in place of the site. */
export interface Exchange {
  request: SandboxRequest
  response: SandboxResponse
  isFault: boolean
}

/** Publishes every `Exchange` of every sandbox in this process. */
export const exchanges = channel('argo-aks-onboard-sandbox:exchange')

/** What happens to requests on their way to a site: they are logged, delayed, and broken on demand. */
export interface Traffic {
  requests: LoggedRequest[]
  carry(request: SandboxRequest, site: Site, start: number): Promise<Outcome>
  /** Logs a request that was turned away at the gate. */
  refuse(method: string, host: string, path: string, status?: 403 | 502): void
}

/** A new, empty log; once `closing` fires, requests that still wait are left without an answer. */
export function createTraffic(options: SandboxOptions, closing: AbortSignal): Traffic {
  const requests: LoggedRequest[] = []

  const enter = (entry: Omit<LoggedRequest, 'number' | 'status' | 'caller' | 'write' | 'end'>): LoggedRequest => {
    const logged = { number: requests.length + 1, ...entry, status: 0, caller: '', write: false, end: 0 }
    requests.push(logged)
    return logged
  }

  async function carry(request: SandboxRequest, site: Site, start: number): Promise<Outcome> {
    const { host, method, path, body } = request
    const logged = enter({ host, method, path, query: request.query.toString(), body, start })
    const fault = options.fault?.(request, logged.number)

    const wait = (options.latency ?? 0) + (fault?.kind === 'delay' ? fault.milliseconds : 0)
    if (wait > 0) await pause(wait, undefined, { signal: closing }).catch(() => {})
    await options.turn?.()
    if (closing.aborted) return 'hang'

    const lost = isLoss(fault) ? fault : undefined
    if (lost && !lost.carriedOut) return lost.kind

    const isFault = fault?.kind === 'answer'
    const response = isFault ? answerOf(fault) : await answeredBy(site, request)
    exchanges.publish({ request, response, isFault } satisfies Exchange)
    logged.caller = response.caller ?? ''
    logged.write = response.write ?? false
    if (lost) return lost.kind

    logged.status = response.status
    logged.end = Date.now()
    options.onRequest?.(logged)
    return response
  }

  const refuse = (method: string, host: string, path: string, status = 403): void => {
    const time = Date.now()
    Object.assign(enter({ host, method, path, query: '', body: '', start: time }), { status, end: time })
  }

  return { requests, carry, refuse }
}

const isLoss = (fault: Fault | undefined): fault is Extract<Fault, { kind: 'reset' | 'hang' }> =>
  fault?.kind === 'reset' || fault?.kind === 'hang'

const answerOf = ({ kind: _, ...response }: Extract<Fault, { kind: 'answer' }>): SandboxResponse => response

/** A fault of the sandbox itself must not look like one of the cloud's: it is answered 500 with its stack, and printed. */
async function answeredBy(site: Site, request: SandboxRequest): Promise<SandboxResponse> {
  try {
    return await site.answer(request)
  } catch (error) {
    const reason = error instanceof Error ? error.stack : String(error)
    const body = `The sandbox failed at ${request.method} https://${request.host}${request.path}\n${reason}\n`
    process.stderr.write(body)
    return { status: 500, headers: { 'content-type': 'text/plain' }, body }
  }
}
