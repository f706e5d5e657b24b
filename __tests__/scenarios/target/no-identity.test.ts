import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, onboardTarget } from '../../driver/story.ts'

test('Where the identity is missing, mode hub has to run first', async () => {
  const stage = await enter(worlds['first-light']!())

  expect(await stage.refuses(onboardTarget)).toBe(
    'There is no managed identity /subscriptions/<subscription>/resourceGroups/argocd-rg/providers/Microsoft.ManagedIdentity/' +
      'userAssignedIdentities/argocd-workload-identity: Azure answered 404. Run the action with mode: hub for argocd-aks first, or ' +
      'correct the input identity.',
  )
})
