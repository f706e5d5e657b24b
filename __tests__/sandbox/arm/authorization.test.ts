import { expect, test } from 'vitest'
import { may, mayOnData } from '../../../sandbox/arm/authorization.ts'
import { roleDefinitionOf, roles } from '../../../sandbox/arm/built-in-roles.ts'
import type { World } from '../../../sandbox/world.ts'

const group = '/subscriptions/s/resourceGroups/g'
const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/c`
const read = 'Microsoft.ContainerService/managedClusters/read'
const write = 'Microsoft.ContainerService/managedClusters/write'
const custom = '99999999-0000-0000-0000-000000000000'

const caller = { name: 'caller', clientId: 'client', objectId: 'person', groups: ['team'] }

const holding = (roleDefinition: string, scope: string, principalId: string): World =>
  ({
    roleAssignments: {
      a: { id: 'a', name: 'a', scope, roleDefinition, principalId, principalType: 'ServicePrincipal' },
    },
    roleDefinitions: { [custom]: roleDefinitionOf(custom, 'Custom', { actions: [read.toUpperCase()] }) },
  }) as unknown as World

test.each([
  ['a role at the scope', roles.reader, cluster, 'person', read, true],
  ['a role above', roles.reader, '/subscriptions/s', 'person', read, true],
  ['a role above, in another case', roles.reader, '/SUBSCRIPTIONS/S/resourcegroups/G', 'person', read, true],
  ['a role of a group', roles.reader, group, 'team', read, true],
  ['a role of somebody else', roles.reader, group, 'other', read, false],
  ['a role beside', roles.reader, `${group}x`, 'person', read, false],
  ['a role below', roles.reader, `${cluster}/agentPools/p`, 'person', read, false],
  ['another action', roles.reader, group, 'person', write, false],
  [
    'an action that is taken out',
    roles.contributor,
    group,
    'person',
    'Microsoft.Authorization/roleAssignments/write',
    false,
  ],
  ['an action that is left in', roles.contributor, group, 'person', write, true],
  [
    'a star in between that stands for nothing',
    roles.managedIdentityOperator,
    group,
    'person',
    'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
    true,
  ],
  ['a custom role, in another case', custom, group, 'person', read, true],
  ['an action that is only a data action', roles.aksRbacClusterAdmin, group, 'person', write, false],
])('%s', (_, role, scope, principal, action, allowed) => {
  expect(may(holding(role, scope, principal), caller, action, cluster)).toBe(allowed)
})

test.each([
  ['everything', roles.aksRbacClusterAdmin, 'namespaces/write', true],
  ['all but what is taken out', roles.aksRbacAdmin, 'namespaces/write', false],
  ['what is left in', roles.aksRbacAdmin, 'secrets/write', true],
  ['nothing, by an owner of the resource', roles.owner, 'secrets/read', false],
  ['secrets, by a writer', roles.aksRbacWriter, 'secrets/write', true],
  ['no bindings, by a writer', roles.aksRbacWriter, 'rbac.authorization.k8s.io/rolebindings/read', false],
  ['workloads, by a reader', roles.aksRbacReader, 'apps/deployments/read', true],
  ['no change of workloads, by a reader', roles.aksRbacReader, 'apps/deployments/write', false],
  ['no secrets, by a reader', roles.aksRbacReader, 'secrets/read', false],
])('data actions: %s', (_, role, verb, allowed) => {
  const action = `Microsoft.ContainerService/managedClusters/${verb}`
  expect(mayOnData(holding(role, cluster, 'person'), ['person'], action, `${cluster}/namespaces/default`)).toBe(allowed)
})

test('an assignment that was only just made is overlooked by some decisions, each counted once', () => {
  const world = holding(roles.reader, cluster, 'person')
  Object.assign(world.roleAssignments.a!, { unseenFor: 2 })
  expect(may(world, { ...caller, objectId: 'other', groups: [] }, read, cluster)).toBe(false)
  const decisions = [1, 2, 3].map(() => may(world, caller, read, cluster))
  expect(decisions).toEqual([false, false, true])
})
