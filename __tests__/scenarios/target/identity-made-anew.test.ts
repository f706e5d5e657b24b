import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget, planOf, prepareHub } from '../../driver/story.ts'

test('The identity was deleted and made anew: both modes set right what named the old one', async () => {
  const world = worlds['first-light']!()
  const stage = await enterPrepared(world)
  await stage.run(onboardTarget)
  for (const id of Object.keys(world.identities)) delete world.identities[id]

  const hub = await stage.succeeds(prepareHub)
  expect(planOf(hub.run).map(({ action }) => action)).toEqual(['create', 'create', 'create'])

  const target = await stage.succeeds(onboardTarget)
  expect(planOf(target.run)).toMatchObject([
    { action: 'create', step: expect.stringMatching(/^ClusterRoleBinding /) },
    { action: 'delete', step: expect.stringMatching(/^ClusterRoleBinding /) },
    {
      action: 'update',
      fields: ["metadata.annotations['argo-aks-onboard/grant']", 'data.config.execProviderConfig.env.AZURE_CLIENT_ID'],
    },
  ])
  await stage.matches('identity-made-anew.md', target)
})
