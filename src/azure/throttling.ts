import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'

/** How long one request is kept waiting in all. */
const PATIENCE = 10 * 60_000
/** Where Azure does not say how long to stay away. */
const UNTOLD = 5_000
/** How far apart requests are sent after a refusal: as fast as ARM fills its buckets up again, and slower where others draw on them as well. */
const FASTEST = { reads: 1_000 / 25, writes: 1_000 / 10 }
const SLOWEST = 5_000

/**
 * Stays away for as long as Azure says, however often, where the SDK gives up after three times and not at all where Azure says nothing.
 * What ARM counts together waits together and goes on one after the other, so that those who were refused do not come back all at once
 * (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling). One policy serves all clients.
 */
export function throttlingPolicy(): PipelinePolicy {
  const lanes = new Map<string, Lane>()
  return {
    name: 'throttlingPolicy',
    async sendRequest(request, next) {
      const lane = laneOf(request, lanes)
      const end = Date.now() + PATIENCE
      for (;;) {
        await until(lane.turn(), request.abortSignal)
        const sent = Date.now()
        const response = await next(request)
        if (response.status !== 429) {
          lane.passed()
          return response
        }
        const wait = retryAfter(response) ?? UNTOLD
        if (Date.now() + wait > end) {
          // The SDK would begin anew.
          response.headers.delete('retry-after')
          return response
        }
        // Providers count by what is asked for: that is no reason to hold up anything else.
        if (response.headers.get('x-ms-failure-cause') === 'gateway') lane.refused(wait, sent)
        else await until(Date.now() + wait * (1 + Math.random() / 4), request.abortSignal)
      }
    },
  }
}

/** Requests that ARM takes out of one bucket. */
interface Lane {
  /** When the next one may be sent. */
  turn(): number
  passed(): void
  refused(wait: number, sent: number): void
}

function laneOf({ method, url }: PipelineRequest, lanes: Map<string, Lane>): Lane {
  const kind = method === 'GET' || method === 'HEAD' ? 'reads' : 'writes'
  const [, subscription = ''] = /\/subscriptions\/([^/?]+)/i.exec(url) ?? []
  const key = `${kind} ${subscription.toLowerCase()}`
  const known = lanes.get(key) ?? lane(FASTEST[kind])
  lanes.set(key, known)
  return known
}

function lane(fastest: number): Lane {
  let spacing = 0
  let free = 0
  let slowed = 0
  return {
    turn() {
      const turn = Math.max(Date.now(), free)
      free = turn + spacing
      return turn
    },
    passed() {
      spacing = spacing > fastest ? Math.max(fastest, spacing * 0.9) : spacing
    },
    refused(wait, sent) {
      // What was on its way when the first of several was refused is refused for the same haste.
      if (sent > slowed) {
        spacing = Math.min(Math.max(fastest, spacing * 2), SLOWEST)
        slowed = Date.now()
      }
      // Other jobs were told the same.
      free = Math.max(free, Date.now() + wait * (1 + Math.random() / 4))
    },
  }
}

/** In milliseconds; Azure writes seconds. */
function retryAfter({ headers }: PipelineResponse): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

async function until(time: number, signal: PipelineRequest['abortSignal']): Promise<void> {
  const wait = time - Date.now()
  if (wait <= 0) return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, wait)
    function done() {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }
    function aborted() {
      clearTimeout(timer)
      reject(Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' }))
    }
    signal?.addEventListener('abort', aborted)
  })
}
