import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget, planOf, target } from '../../driver/story.ts'

test('After the target’s certificates were rotated, Argo CD is told of the new authority', async () => {
  const world = worlds['first-light']!()
  const stage = await enterPrepared(world)
  await stage.run(onboardTarget)
  clusterOf(world, target).authority = { reported: 'rotated', served: 'rotated' }

  const registered = await stage.succeeds(onboardTarget)

  expect(planOf(registered.run)).toMatchObject([{ action: 'update', fields: ['data.config.tlsClientConfig.caData'] }])
})
