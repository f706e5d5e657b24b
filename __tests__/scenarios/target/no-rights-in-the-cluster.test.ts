import { expect, test } from 'vitest'
import { isClusterAdmin } from '../../../sandbox/worlds/access.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, hub, onboardTarget } from '../../driver/story.ts'

test('A caller without any role on the target hears what its API server refused', async () => {
  const world = worlds['no-cluster-rights']!()
  isClusterAdmin(hub)(world)
  const stage = await enterPrepared(world)

  expect(await stage.refuses(onboardTarget)).toBe(
    'devworkloadaks1 refused GET /apis/rbac.authorization.k8s.io/v1/clusterrolebindings: clusterrolebindings.rbac.authorization.k8s.io ' +
      'is forbidden: User "<object id of onboarding>" cannot list resource "clusterrolebindings" in API group ' +
      '"rbac.authorization.k8s.io" at the cluster scope. Bind the caller, or an Entra group of it, to a ClusterRole on devworkloadaks1 ' +
      'that allows it.',
  )
})
