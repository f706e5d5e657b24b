import { expect, test } from 'vitest'
import { ClusterRoleBinding, groupOf, kindOf, Pod, rightName } from '../../../src/kubernetes/cluster.ts'

test.each([
  [{ verb: 'list', group: '', resource: 'pods' }, 'list pods'],
  [{ verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'argocd' }, 'patch deployments.apps in argocd'],
  [
    { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles', name: 'cluster-admin' },
    'bind clusterroles.rbac.authorization.k8s.io named cluster-admin',
  ],
  [{ verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' }, 'create serviceaccounts/token'],
])('%j reads "%s"', (right, words) => {
  expect(rightName(right)).toBe(words)
})

test('an object leads to its kind, and a kind that no path is known for is refused', () => {
  expect(kindOf({ apiVersion: 'v1', kind: 'Pod' })).toBe(Pod)
  expect(() => kindOf({ apiVersion: 'v1', kind: 'Node' })).toThrow('no path is known for v1 Node')
})

test('the core group has no name', () => {
  expect([Pod, ClusterRoleBinding].map(groupOf)).toEqual(['', 'rbac.authorization.k8s.io'])
})
