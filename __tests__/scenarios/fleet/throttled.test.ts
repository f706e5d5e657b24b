import { expect, test } from 'vitest'
import { fleetOf } from '../../../sandbox/worlds/fleet.ts'
import { enterPrepared } from '../../driver/story.ts'

test('Where Azure lets through far less than a fleet asks for, all of it is onboarded all the same, and few requests are in vain', async () => {
  const targets = Array.from({ length: 12 }, (_, index) => `dev-rg/dev${index}`)
  const world = fleetOf({ targets })
  const stage = await enterPrepared(world)
  world.throttling = { armWrites: { size: 3, perSecond: 3 }, armReads: { size: 5, perSecond: 5 } }

  // With a real clock: the sandbox's buckets fill up by one.
  const environment = { NODE_OPTIONS: `--import ${new URL('../../../sandbox/runner/proxy-only.mjs', import.meta.url)}` }
  const run = await stage.run({ mode: 'target', targets: targets.join('\n'), verify: 'false' }, { environment })

  expect(run.exitCode, run.log).toBe(0)
  const results: { outcome: string }[] = JSON.parse(run.outputs.targets ?? '')
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(12).fill('onboarded'))
  const toArm = run.requests.filter(({ host }) => host === 'management.azure.com')
  const refused = toArm.filter(({ status }) => status === 429)
  expect(refused.length, 'it was throttled').toBeGreaterThan(0)
  expect(refused.length, 'requests in vain').toBeLessThan(toArm.length / 2)
})
