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

test('Somebody else lets the identity in: that is only proven, and what is not granted is not published', async () => {
  const stage = await enterPrepared(worlds['first-light']!())
  const verifying = { ...onboardTarget, grant: 'none', 'target-role': 'read-all' }
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'read-all' }
  const make = (path: string, object: object) =>
    stage.sandbox.administer(target, 'POST', `/apis/rbac.authorization.k8s.io/v1/${path}`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'read-all' } },
      ...object,
    })

  expect(await stage.refuses(verifying)).toMatch(/^There is no ClusterRole read-all on devworkloadaks1: /)
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]
  await make('clusterroles', { kind: 'ClusterRole', rules })
  const unproven = await stage.run(verifying)
  const subject = { apiGroup: role.apiGroup, kind: 'User', name: unproven.outputs['identity-principal-id'] }
  await make('clusterrolebindings', { kind: 'ClusterRoleBinding', roleRef: role, subjects: [subject] })
  const proven = await stage.succeeds(verifying)

  expect(unproven).toMatchObject({ exitCode: 1, outputs: { verified: 'failed', changes: '[]' } })
  expect(planOf(proven.run)).toMatchObject([{ action: 'create', step: expect.stringMatching(/^cluster Secret /) }])
  expect(proven.run.log).toContain('proven (may list namespaces)')
})
