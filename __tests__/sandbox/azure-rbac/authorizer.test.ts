import { describe, expect, test } from 'vitest'
import { roles } from '../../../sandbox/arm/built-in-roles.ts'
import { keyOf } from '../../../sandbox/arm/resource-id.ts'
import { decideByAzureRbac } from '../../../sandbox/azure-rbac/authorizer.ts'
import type { AzureRbac, RoleAssignment, World } from '../../../sandbox/world.ts'
import { clusterOf, worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { resource } from './questions.ts'

const target = 'dev-rg/devworkloadaks1'
const oid = 'aaaaaaaa-0000-4000-8000-000000000001'
const group = 'bbbbbbbb-0000-4000-8000-000000000001'
const identity = { name: oid, groups: [group, 'system:authenticated'], extra: { oid: [oid] } }

function start(azureRbac: Partial<AzureRbac> = { remembers: { questions: 0 } }) {
  const world = worldOf('azure-rbac', cluster(target, { azureRbac }))
  const aks = clusterOf(world, target)
  const ask = (question: string, user: typeof identity = identity) =>
    decideByAzureRbac(user, resource(question), aks, world)
  return {
    world,
    aks,
    ask,
    grant: (role: string, below = '', principal = oid) => assign(world, role, aks.arm.id + below, principal),
  }
}

function assign(world: World, roleDefinition: string, scope: string, principalId: string) {
  const id = keyOf(`${scope}/providers/Microsoft.Authorization/roleAssignments/${roleDefinition}`)
  const assignment: RoleAssignment = {
    id,
    name: roleDefinition,
    scope,
    roleDefinition,
    principalId,
    principalType: 'ServicePrincipal',
  }
  world.roleAssignments[id] = assignment
  return assignment
}

const allowed = { allowed: true, reason: 'Access allowed by Azure RBAC' }
const denied = {
  allowed: false,
  denied: true,
  reason: 'User does not have access to the resource in Azure. Update role assignment to allow access.',
}

test.each([
  ['a role on the cluster', roles.aksRbacReader, '', oid, 'get pods in argocd', allowed],
  ['a role of a group', roles.aksRbacReader, '', group, 'get pods in argocd', allowed],
  ['a role of somebody else', roles.aksRbacReader, '', 'other', 'get pods in argocd', denied],
  ['a role on the namespace', roles.aksRbacReader, '/namespaces/argocd', oid, 'get pods in argocd', allowed],
  ['a role on another namespace', roles.aksRbacReader, '/namespaces/other', oid, 'get pods in argocd', denied],
  ['a role on a namespace, cluster-wide', roles.aksRbacReader, '/namespaces/argocd', oid, 'list pods', denied],
  ['a role without the action', roles.aksRbacReader, '', oid, 'get secrets in argocd', denied],
  ['a role on resources, not in Kubernetes', roles.owner, '', oid, 'get pods in argocd', denied],
  ['custom resources, by a star', roles.aksRbacClusterAdmin, '', oid, 'get argoproj.io/applications', allowed],
  ['custom resources, by a list', roles.aksRbacWriter, '', oid, 'get argoproj.io/applications', denied],
  ['binding a role', roles.aksRbacClusterAdmin, '', oid, 'bind rbac.authorization.k8s.io/clusterroles', allowed],
])('%s', (_, role, below, principal, question, expected) => {
  const { ask, grant } = start()
  grant(role, below, principal)
  expect(ask(question)).toEqual(expected)
})

test('custom resources that no role covers are denied even to an administrator', () => {
  const { ask, grant } = start({ customResources: 'not covered' })
  grant(roles.aksRbacClusterAdmin)
  expect(ask('get argoproj.io/applications')).toEqual(denied)
  expect(ask('get pods')).toEqual(allowed)
})

describe('has no opinion', () => {
  test.each([
    ['on who has no object id', { ...identity, extra: {} as typeof identity.extra }, 'non AAD user'],
    ['on service accounts', { ...identity, name: 'system:serviceaccount:argocd:argocd-server' }, 'for this user'],
  ])('%s', (_, user, reason) => {
    const { ask, grant } = start()
    grant(roles.aksRbacClusterAdmin)
    expect(ask('get pods', user)).toEqual({ allowed: false, reason: expect.stringContaining(reason) })
  })

  test('on a star, and says that it cannot tell', () => {
    const { ask, grant } = start()
    grant(roles.aksRbacClusterAdmin)
    expect(ask('* *')).toEqual({ allowed: false, reason: '', error: expect.stringContaining('Wildcard support') })
  })
})

test.each([
  [roles.aksRbacClusterAdmin, allowed],
  [roles.aksRbacAdmin, denied],
  [roles.aksRbacReader, denied],
])('%s and everything that a star stands for', (role, expected) => {
  const { ask, grant } = start({ wildcards: 'expanded' })
  grant(role)
  expect(ask('* */*')).toEqual(expected)
})

test('who has no object id is denied, where so told', () => {
  const { ask } = start({ strangers: 'denied' })
  expect(ask('get pods', { ...identity, extra: {} as typeof identity.extra })).toMatchObject({ denied: true })
  expect(ask('get pods', { ...identity, name: 'system:node:a' })).toMatchObject({ allowed: false })
  expect(ask('get pods', { ...identity, name: 'system:node:a' })).not.toHaveProperty('denied')
})

test('an object id that is none is denied', () => {
  const { ask } = start()
  expect(ask('get pods', { ...identity, extra: { oid: ['somebody'] } })).toMatchObject({ denied: true })
})

test('whoever Entra knows finds out what is served', () => {
  const { world, aks } = start()
  const asked = (path: string) => decideByAzureRbac(identity, { isResource: false, verb: 'get', path }, aks, world)
  expect(['/api', '/apis/apps/v1', '/openapi/v3', '/version', '/metrics'].map(path => asked(path).allowed)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ])
})

describe('decisions are remembered', () => {
  test('for so many questions about the same, whatever the verb and the name are called', () => {
    const { ask, grant } = start({ remembers: { questions: 2 } })
    expect(ask('get secrets in argocd')).toEqual(denied)
    grant(roles.aksRbacWriter)
    expect(ask('list secrets in argocd')).toEqual(denied)
    expect(ask('create secrets in argocd')).toEqual(allowed)
    expect(ask('list secrets in other')).toEqual(allowed)
    expect(ask('get secrets in argocd')).toEqual(denied)
    expect(ask('get secrets in argocd')).toEqual(allowed)
  })

  test('also where the role is taken away', () => {
    const { world, ask, grant } = start({ remembers: { questions: 1 } })
    grant(roles.aksRbacReader)
    ask('get pods')
    world.roleAssignments = {}
    expect([ask('get pods'), ask('get pods')]).toEqual([allowed, denied])
  })

  test("by the world's clock, if so told", () => {
    const { world, ask, grant } = start({ remembers: { milliseconds: 180_000 } })
    expect(ask('get pods')).toEqual(denied)
    grant(roles.aksRbacReader)
    world.clockAhead += 179_000
    expect(ask('get pods')).toEqual(denied)
    world.clockAhead += 1_001
    expect(ask('get pods')).toEqual(allowed)
  })

  test('without a look at assignments, so that these are not seen sooner', () => {
    const { ask, grant } = start({ remembers: { questions: 1 } })
    grant(roles.aksRbacReader).unseenFor = 1
    expect([ask('get pods'), ask('get pods'), ask('get pods')]).toEqual([denied, denied, allowed])
  })
})
