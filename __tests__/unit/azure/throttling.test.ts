import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { throttlingPolicy } from '../../../src/azure/throttling.ts'

beforeEach(() => {
  vi.useFakeTimers()
  // Each wait is lengthened by a little luck; what is held to here must not hang on it.
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const gateway = { 'x-ms-failure-cause': 'gateway' }
const urlIn = (subscription: string) => `https://management.azure.com/subscriptions/${subscription}/providers/x`

/** An Azure that answers with these, and then with 200; `times` are when it was asked, in seconds. */
function azure(...answers: { status: number; headers?: Record<string, string> }[]) {
  const policy = throttlingPolicy()
  const start = Date.now()
  const times: number[] = []
  const send = async (subscription = 'a', method: 'GET' | 'POST' = 'POST', abortSignal?: AbortSignal) => {
    const request = createPipelineRequest({ url: urlIn(subscription), method, ...(abortSignal && { abortSignal }) })
    const { status } = await policy.sendRequest(request, async (): Promise<PipelineResponse> => {
      times.push((Date.now() - start) / 1000)
      const { status, headers = {} } = answers.shift() ?? { status: 200 }
      return { status, request, headers: createHttpHeaders(headers) }
    })
    return status
  }
  return { send, times }
}

test('What is refused is sent again when Azure says so, far more often than three times', async () => {
  const refusals = Array.from({ length: 9 }, () => ({ status: 429, headers: { 'retry-after': '7', ...gateway } }))
  const { send, times } = azure(...refusals)
  const answer = send()
  await vi.runAllTimersAsync()
  expect(await answer).toBe(200)
  expect(times).toHaveLength(10)
  for (const [index, time] of times.entries()) if (index > 0) expect(time - times[index - 1]!).toBeGreaterThanOrEqual(7)
})

test('Where Azure does not say when, it is asked again after some seconds', async () => {
  const { send, times } = azure({ status: 429 })
  const answer = send()
  await vi.runAllTimersAsync()
  expect(await answer).toBe(200)
  expect(times[1]).toBeGreaterThanOrEqual(5)
})

test('Ten minutes are enough', async () => {
  const { send, times } = azure(
    ...Array.from({ length: 99 }, () => ({ status: 429, headers: { 'retry-after': '100' } })),
  )
  const answer = send()
  await vi.runAllTimersAsync()
  expect(await answer).toBe(429)
  expect(times.at(-1)).toBeLessThanOrEqual(600)
})

test('Those who wait for one bucket come back one after the other, and hold up nobody else', async () => {
  const { send, times } = azure({ status: 429, headers: { 'retry-after': '10', ...gateway } })
  const first = send()
  await vi.advanceTimersByTimeAsync(1)
  const waiting = [first, ...Array.from({ length: 5 }, () => send())]
  await send('b')
  await send('a', 'GET')
  expect(times.every(time => time < 1)).toBe(true)
  await vi.runAllTimersAsync()
  expect(await Promise.all(waiting)).toEqual(Array(6).fill(200))
  const later = times.filter(time => time >= 10)
  expect(later).toHaveLength(6)
  for (const [index, time] of later.entries()) if (index > 0) expect(time - later[index - 1]!).toBeGreaterThan(0.099)
})

test('Many that are refused together slow the rest down no more than one', async () => {
  const { send, times } = azure(...Array.from({ length: 8 }, () => ({ status: 429, headers: gateway })))
  const answers = Array.from({ length: 8 }, () => send())
  await vi.runAllTimersAsync()
  expect(await Promise.all(answers)).toEqual(Array(8).fill(200))
  expect(times.at(-1)! - times.at(-8)!).toBeLessThan(1)
})

test('A provider that refuses one resource holds up no other', async () => {
  const { send, times } = azure({ status: 429, headers: { 'retry-after': '20' } })
  const refused = send()
  await vi.advanceTimersByTimeAsync(1)
  await send()
  expect(times).toHaveLength(2)
  await vi.runAllTimersAsync()
  expect(await refused).toBe(200)
})

test('Waiting ends with the deadline of the caller', async () => {
  const { send } = azure({ status: 429, headers: { 'retry-after': '60' } })
  const controller = new AbortController()
  const answer = send('a', 'POST', controller.signal)
  const ended = expect(answer).rejects.toThrow('aborted')
  await vi.advanceTimersByTimeAsync(1000)
  controller.abort()
  await ended
})
