import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, prepareHub, written } from '../../driver/story.ts'

test('A hub that is one already costs a few reads, and nothing is written', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.run(prepareHub)

  const hub = await stage.succeeds(prepareHub)

  expect(hub.differences).toEqual([])
  expect(hub.run.outputs).toMatchObject({ changed: 'false', changes: '[]', verified: 'proven' })
  await stage.matches('nothing-to-do.md', hub)

  const unverified = await stage.run({ ...prepareHub, verify: 'false' })
  expect(unverified.outputs.verified).toBe('skipped')
  expect(unverified.requests.length).toBeLessThanOrEqual(12)
  expect(written(unverified)).toEqual([])
})
