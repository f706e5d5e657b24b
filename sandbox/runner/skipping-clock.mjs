/**
 * A clock that jumps over waits: when nothing is on the network and only timers are left, the next timer fires at once and every
 * clock of the process agrees that its time has come. While a request is out, time is real, so that no time-out fires early.
 * `isIdle` tells whether nothing but timers keeps the process waiting. Returns a function that puts the real clock back.
 */
export function install(isIdle) {
  const real = { Date, setTimeout, clearTimeout, setInterval, now: performance.now.bind(performance) }
  const pending = new Map()
  let ahead = 0
  const now = () => real.Date.now() + ahead

  globalThis.Date = class extends real.Date {
    constructor(...args) {
      if (args.length === 0) super(now())
      else super(...args)
    }
    static now() {
      return now()
    }
  }
  performance.now = () => real.now() + ahead
  globalThis.setTimeout = Object.assign((callback, delay = 0, ...args) => {
    const timer = real.setTimeout(() => {
      pending.delete(timer)
      callback(...args)
    }, delay)
    const enter = () => {
      const wait = { due: now() + delay, really: real.Date.now() + delay, fire: () => callback(...args) }
      pending.set(timer, wait)
    }
    enter()
    const refresh = timer.refresh.bind(timer)
    timer.refresh = () => {
      enter()
      return refresh()
    }
    return timer
  }, real.setTimeout)
  globalThis.clearTimeout = timer => {
    pending.delete(timer)
    real.clearTimeout(timer)
  }

  const watch = real.setInterval(skip, 2)
  watch.unref()
  let idleTicks = 0

  function skip() {
    const waits = [...pending].filter(([timer]) => timer.hasRef()).map(([, wait]) => wait)
    const [next] = waits.sort((one, other) => one.due - other.due)
    // A timer that an earlier jump has overtaken is due by this clock, but its own one still runs.
    const isFar = next !== undefined && next.really - real.Date.now() > 20
    idleTicks = isFar && isIdle() ? idleTicks + 1 : 0
    // Twice in a row, since an answer may have been read and its consequence not yet begun.
    if (idleTicks < 2) return
    idleTicks = 0
    ahead += Math.max(next.due - now(), 0)
    for (const [timer, { due, fire }] of pending) {
      if (due > now()) continue
      globalThis.clearTimeout(timer)
      fire()
    }
  }

  return () => {
    real.clearTimeout(watch)
    globalThis.Date = real.Date
    globalThis.setTimeout = real.setTimeout
    globalThis.clearTimeout = real.clearTimeout
    performance.now = real.now
  }
}
