/** Holds the requests of several jobs back and lets them through one by one, in an order that follows from a seed. */
export interface Turns {
  /** For the sandbox: settles when it is this request's turn. */
  turn(): Promise<void>
  stop(): void
}

/** Timers of the real clock: the one that skips waits is for those whose requests are held here. */
const { setTimeout: later, clearTimeout: cancel } = globalThis
/** Milliseconds without a new request, after which whoever is going to ask for something has asked. */
const QUIET = 2

/** An order of requests: when all jobs wait, one of them goes on. */
export function turnsOf(seed: number): Turns {
  const waiting: (() => void)[] = []
  const random = generator(seed)
  let timer: ReturnType<typeof later> | undefined

  const next = () => {
    const [chosen] = waiting.splice(Math.floor(random() * waiting.length), 1)
    chosen?.()
    if (waiting.length > 0) timer = later(next, QUIET)
  }
  return {
    turn: () =>
      new Promise(resolve => {
        waiting.push(resolve)
        cancel(timer)
        timer = later(next, QUIET)
      }),
    stop() {
      cancel(timer)
      for (const go of waiting.splice(0)) go()
    },
  }
}

/** Numbers from 0 to 1 (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
