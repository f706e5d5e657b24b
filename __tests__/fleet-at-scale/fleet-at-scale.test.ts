import { describe, expect, test } from 'vitest'
import { targetsIn, withFleet } from '../../bench/fleet.ts'
import { errorsIn, written } from '../driver/story.ts'

// On a real control plane each target would be one more kube-apiserver.
describe.skipIf(process.env.KUBEBUILDER_ASSETS)('A fleet in one job', () => {
  test('One target in six is broken, each in a way of its own, and ARM lets nobody hurry: the others are onboarded, and each broken one says why', () =>
    withFleet(
      { count: 60, broken: 10, throttling: { armWrites: { size: 20, perSecond: 10 } } },
      async (fleet, broken) => {
        const run = await fleet.onboard({ verify: 'false' }, { waits: true })

        expect(run.exitCode, run.log).toBe(1)
        expect(run.requests.filter(({ status }) => status === 429).length, 'refusals by ARM').toBeGreaterThan(0)
        expect(await fleet.amiss()).toEqual([])
        const results = targetsIn(run)
        expect(results).toHaveLength(60)
        for (const { reference, breakage } of broken) {
          expect(results.find(({ id }) => id === reference)).toMatchObject({
            outcome: breakage.name === 'stopped' ? 'skipped' : 'failed',
            error: expect.stringMatching(breakage.reason),
          })
          expect(run.summary).toMatch(new RegExp(`^\\| ${reference} \\| \\*\\*(failed|skipped)`, 'm'))
        }
        expect(errorsIn(run)).toMatch(/^9 of 60 targets failed/m)
        expect(written(run), 'a grant and a Secret for each of those that are whole').toHaveLength(2 * 50)
      },
    ))

  test('With nothing to do it writes nothing, and asks little of each target', () =>
    withFleet({ count: 20 }, async fleet => {
      const fresh = await fleet.onboard({ verify: 'false' })
      expect(fresh.exitCode, fresh.log).toBe(0)
      expect(await fleet.amiss()).toEqual([])

      for (const inputs of [{}, { targets: fleet.targets.join('\n') }]) {
        const idle = await fleet.onboard({ verify: 'false', ...inputs })
        expect(idle, idle.log).toMatchObject({ exitCode: 0, outputs: { changed: 'false' } })
        expect(targetsIn(idle)).toHaveLength(20)
        expect(written(idle)).toEqual([])
        expect(idle.requests.length / 20, 'requests for each target').toBeLessThanOrEqual(4)
      }
    }))
})
