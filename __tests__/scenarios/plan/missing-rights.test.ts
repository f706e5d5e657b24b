import { expect, test } from 'vitest'
import { mayOnboardTarget } from '../../../sandbox/worlds/access.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

test('Who may only read can plan: each right that the plan would take and the caller lacks is a warning', async () => {
  const world = worlds['no-arm-rights']!()
  mayOnboardTarget(hub)(world)
  const stage = await enter(world)

  const plan = await stage.run({ ...prepareHub, 'dry-run': 'true' })

  expect(plan.exitCode, plan.log).toBe(0)
  expect(planOf(plan)).toHaveLength(6)
  expect(plan.log.match(/^Warning: The caller may not .+$/gm)).toHaveLength(4)
})
