import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, prepareHub } from '../../driver/story.ts'

test('A stopped cluster has no API server to talk to, and the run says how to start it', async () => {
  const world = worlds['first-light']!()
  clusterOf(world, hub).arm.properties.powerState.code = 'Stopped'
  const stage = await enter(world)

  expect(await stage.refuses(prepareHub)).toBe(
    'AKS cluster argocd-aks is stopped: it has no API server to talk to. ' +
      'Start it (az aks start --resource-group argocd-rg --name argocd-aks) and run again.',
  )
})
