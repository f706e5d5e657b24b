import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget, planOf, target, written } from '../../driver/story.ts'

test('The grant is narrowed to a namespace, and made in Azure: what let the identity in before goes once the new grant is proven', async () => {
  const stage = await enterPrepared(worlds['azure-rbac']!())
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } }
  await stage.sandbox.administer(target, 'POST', '/api/v1/namespaces', namespace)
  const before = await stage.run({ ...onboardTarget, grant: 'kubernetes' })
  expect(before.exitCode, before.log).toBe(0)

  const narrowed = await stage.succeeds({ ...onboardTarget, namespaces: 'team-a', 'target-role': 'view' })

  expect(planOf(narrowed.run).map(({ action, step }) => `${action} ${step}`)).toEqual([
    expect.stringMatching(
      /^create role assignment Azure Kubernetes Service RBAC Reader of .+ on devworkloadaks1\/namespaces\/team-a$/,
    ),
    expect.stringMatching(/^delete ClusterRoleBinding argo-aks-onboard-[\da-f]{10}$/),
    expect.stringMatching(/^update cluster Secret argocd\//),
  ])
  const writes = written(narrowed.run).filter(request => !/access|token|runCommand/i.test(request))
  expect(writes.map(request => request.split(' ')[0])).toEqual(['PUT', 'DELETE', 'PATCH'])
  await stage.matches('narrowed.md', narrowed)
})
