import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget, written } from '../../driver/story.ts'

test('A target that is one already costs a few reads, and nothing is written', async () => {
  const stage = await enterPrepared(worlds['first-light']!())
  await stage.run(onboardTarget)

  const target = await stage.succeeds(onboardTarget)

  expect(target.differences).toEqual([])
  expect(target.run.outputs).toMatchObject({ changed: 'false', changes: '[]', verified: 'proven' })
  await stage.matches('nothing-to-do.md', target)

  const unverified = await stage.run({ ...onboardTarget, verify: 'false' })
  expect(unverified.outputs.verified).toBe('skipped')
  expect(written(unverified)).toEqual([])
})
