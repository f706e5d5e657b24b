import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget } from '../../driver/story.ts'

test('What a run would refuse a plan refuses too, so that a pull request shows it', async () => {
  const stage = await enterPrepared(worlds['duplicate-name']!())

  const refusal = await stage.refuses({ ...onboardTarget, 'dry-run': 'true' })

  expect(refusal).toMatch(
    /^The name devworkloadaks1 already stands for .+ Choose another name for this cluster with the input name\.$/,
  )
})
