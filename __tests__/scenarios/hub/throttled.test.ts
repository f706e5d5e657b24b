import { expect, test } from 'vitest'
import type { SandboxRequest } from '../../../sandbox/exchange.ts'
import type { Fault } from '../../../sandbox/sandbox.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, errorsIn, prepareHub } from '../../driver/story.ts'

const throttled = (headers: Record<string, string>): Fault => ({
  kind: 'answer',
  status: 429,
  headers,
  body: { error: { code: 'TooManyRequests', message: 'The request limit is reached.' } },
})
const isAzure = ({ host }: SandboxRequest) => host === 'management.azure.com'
const kindOf = ({ method, path }: SandboxRequest) => `${method} ${path}`

test('Every request that Azure throttles once is sent again, whether it says how long to wait or not', async () => {
  const seen = new Set<string>()
  const stage = await enter(worlds['first-light']!(), undefined, request => {
    if (!isAzure(request) || seen.has(kindOf(request))) return undefined
    seen.add(kindOf(request))
    return throttled(seen.size % 2 === 0 ? { 'retry-after': '2' } : {})
  })

  const { run } = await stage.achieves(prepareHub)

  expect(run.requests.filter(({ status }) => status === 429).length).toBe(seen.size)
  expect(run.log.match(/^Reading /gm)).toHaveLength(1)
})

test('Who is told to come back in an hour is told so, and does not wait', async () => {
  const stage = await enter(worlds['first-light']!(), undefined, request =>
    isAzure(request) && /managedClusters/i.test(request.path) ? throttled({ 'retry-after': '3600' }) : undefined,
  )

  const run = await stage.run(prepareHub)

  expect(run.exitCode).toBe(1)
  expect(errorsIn(run)).toMatch(
    /^Azure Resource Manager refused GET \S+: The request limit is reached\. \(HTTP 429, TooManyRequests\)\. Wait a few minutes and run again/,
  )
})
