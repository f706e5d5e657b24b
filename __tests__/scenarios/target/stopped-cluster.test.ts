import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, onboardTarget, target } from '../../driver/story.ts'

test('A stopped target has no API server to talk to, and the run says how to start it', async () => {
  const world = worlds['first-light']!()
  clusterOf(world, target).arm.properties.powerState.code = 'Stopped'
  const stage = await enter(world)

  expect(await stage.refuses(onboardTarget)).toBe(
    'AKS cluster devworkloadaks1 is stopped: it has no API server to talk to. ' +
      'Start it (az aks start --resource-group dev-rg --name devworkloadaks1) and run again.',
  )
})
