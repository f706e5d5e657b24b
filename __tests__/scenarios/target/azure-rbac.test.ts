import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget } from '../../driver/story.ts'

test('A target with Azure RBAC is refused, since a binding there would let nobody in', async () => {
  const stage = await enterPrepared(worlds['azure-rbac']!())

  expect(await stage.refuses(onboardTarget)).toBe(
    'AKS cluster devworkloadaks1 uses Azure RBAC for Kubernetes authorization: there the identity needs a role assignment, which this ' +
      'version does not make. Onboard clusters with Kubernetes RBAC, or wait for a version that has the input grant.',
  )
})
