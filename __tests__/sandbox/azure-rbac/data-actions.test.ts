import { expect, test } from 'vitest'
import { dataActionsOf } from '../../../sandbox/azure-rbac/data-actions.ts'
import { resource } from './questions.ts'

const usual = {
  asked: 'after Kubernetes RBAC',
  strangers: 'no opinion',
  remembers: { questions: 0 },
  wildcards: 'refused',
  customResources: 'by name',
} as const

const actions = (...names: string[]) => names.map(name => `Microsoft.ContainerService/managedClusters/${name}`)

test.each([
  ['get pods', ['pods/read']],
  ['list pods', ['pods/read']],
  ['watch pods', ['pods/read']],
  ['create apps/deployments', ['apps/deployments/write']],
  ['update apps/deployments', ['apps/deployments/write']],
  ['patch apps/deployments/status', ['apps/deployments/write']],
  ['delete secrets', ['secrets/delete']],
  ['deletecollection secrets', ['secrets/delete']],
  ['create pods/exec', ['pods/exec/action']],
  ['get pods/log', ['pods/read']],
  ['create serviceaccounts/token', ['serviceaccounts/write']],
  ['bind rbac.authorization.k8s.io/clusterroles', ['rbac.authorization.k8s.io/clusterroles/bind/action']],
  ['escalate rbac.authorization.k8s.io/roles', ['rbac.authorization.k8s.io/roles/escalate/action']],
  ['impersonate users', ['users/impersonate/action']],
  ['get argoproj.io/applications', ['argoproj.io/applications/read']],
])('%s', (question, names) => {
  expect(dataActionsOf(resource(question), usual)).toEqual(actions(...names))
})

test.each([
  ['as one kind', actions('customresources/write')],
  ['not covered', []],
] as const)('custom resources %s', (customResources, expected) => {
  expect(dataActionsOf(resource('patch argoproj.io/applications'), { ...usual, customResources })).toEqual(expected)
})

test('a path that is no resource', () => {
  const asked = { isResource: false, verb: 'get', path: '/metrics' } as const
  expect(dataActionsOf(asked, usual)).toEqual(actions('metrics/read'))
})

test.each(['* pods', 'get *', 'get */pods'])('%s is refused by itself', question => {
  expect(dataActionsOf(resource(question), usual)).toEqual({ error: expect.stringContaining('not enabled') })
})

test.each([
  ['* secrets', ['secrets/read', 'secrets/write', 'secrets/delete']],
  ['get */deployments', ['apps/deployments/read', 'extensions/deployments/read']],
  ['get policy/*', ['policy/poddisruptionbudgets/read', 'policy/podsecuritypolicies/read']],
  ['get policy/* in argocd', ['policy/poddisruptionbudgets/read']],
  ['get argoproj.io/*', []],
])('%s stands for all of it, where that is switched on', (question, names) => {
  expect(dataActionsOf(resource(question), { ...usual, wildcards: 'expanded' })).toEqual(actions(...names))
})
