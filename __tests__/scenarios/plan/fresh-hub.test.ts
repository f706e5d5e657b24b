import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, prepareHub } from '../../driver/story.ts'

test('The plan for a fresh hub shows every field, and says what is known only after apply', async () => {
  const stage = await enter(worlds['first-light']!())

  const plan = await stage.run({ ...prepareHub, 'dry-run': 'true' })

  expect(plan.exitCode).toBe(0)
  expect(plan.summary).toContain('A dry run: nothing was written.')
  expect(Object.keys(plan.outputs), 'what cannot be known yet').not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(identity-client-id|identity-principal-id|oidc-issuer-url)$/)]),
  )
  await stage.matches('fresh-hub.md', { inputs: { ...prepareHub, 'dry-run': 'true' }, run: plan, differences: [] })
})
