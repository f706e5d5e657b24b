import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { roles } from '../../../sandbox/arm/built-in-roles.ts'
import { grant, onboardingApplication, onboardingOf } from '../../../sandbox/worlds/access.ts'
import { clusterOf, identity, identityOf, worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { azureOf, codeOf } from './azure.ts'

const reference = 'argocd-rg/argocd-workload-identity'
const target = 'dev-rg/devworkloadaks1'
const query = { 'api-version': '2022-04-01' }

const other = `/providers/Microsoft.Authorization/roleDefinitions/${roles.aksRbacReader}`

async function start() {
  const world = worldOf('roles', onboardingApplication, cluster(target), identity(reference))
  const { id } = clusterOf(world, target).arm
  grant(world, roles.owner, `/subscriptions/${world.subscriptions[0]!.id}`)
  const { principalId } = identityOf(world, reference)
  const roleDefinitionId = `/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/${roles.aksRbacClusterAdmin}`
  const azure = await azureOf(world)
  const assign = (properties: object, name: string = randomUUID()) =>
    azure.send('PUT', `${id}/providers/Microsoft.Authorization/roleAssignments/${name}`, {
      query,
      body: { properties },
    })
  const list = async (scope: string, filter?: string) => {
    const answer = await azure.send('GET', `${scope}/providers/Microsoft.Authorization/roleAssignments`, {
      query: { ...query, ...(filter && { $filter: filter }) },
    })
    return (answer.body as { value: { properties: { principalId: string } }[] }).value.map(
      ({ properties }) => properties.principalId,
    )
  }
  return { world, azure, id, principalId, roleDefinitionId, assign, list }
}

test('an assignment is made once, however often it is asked for under its name', async () => {
  const { assign, roleDefinitionId, principalId, id } = await start()
  const wanted = { roleDefinitionId, principalId, principalType: 'ServicePrincipal' }
  const name = randomUUID()
  const first = await assign(wanted, name)
  expect([first.status, first.body]).toMatchObject([201, { name, properties: { scope: id, principalId } }])
  expect((await assign(wanted, name)).status).toBe(200)

  const twin = await assign(wanted)
  expect([twin.status, codeOf(twin)]).toEqual([409, 'RoleAssignmentExists'])
  expect(JSON.stringify(twin.body)).toContain(name.replaceAll('-', ''))

  const other = await assign({ ...wanted, principalId: randomUUID() }, name)
  expect([other.status, codeOf(other)]).toEqual([400, 'RoleAssignmentUpdateNotPermitted'])
})

test.each([
  ['a name that is no GUID', (w: object) => w, 'x', 400, 'InvalidRoleAssignmentId'],
  [
    'an unknown role',
    (w: object) => ({ ...w, roleDefinitionId: 'x/y' }),
    randomUUID(),
    400,
    'RoleDefinitionDoesNotExist',
  ],
  [
    'an unknown principal',
    (w: object) => ({ ...w, principalId: randomUUID() }),
    randomUUID(),
    400,
    'PrincipalNotFound',
  ],
  [
    'a principal of another type',
    (w: object) => ({ ...w, principalType: 'Group' }),
    randomUUID(),
    400,
    'UnmatchedPrincipalType',
  ],
  ['a condition', (w: object) => ({ ...w, condition: 'x' }), randomUUID(), 501, 'NotInSandbox'],
])('%s', async (_, change, name, status, code) => {
  const { assign, roleDefinitionId, principalId } = await start()
  const answer = await assign(change({ roleDefinitionId, principalId }), name)
  expect([answer.status, codeOf(answer)]).toEqual([status, code])
})

test('an unknown principal is taken where its type is named: it may be too new to be seen', async () => {
  const { assign, roleDefinitionId } = await start()
  const answer = await assign({ roleDefinitionId, principalId: randomUUID(), principalType: 'ServicePrincipal' })
  expect(answer.status).toBe(201)
})

test('an identity that was only just made is known to assignments after a while, or at once where its type is named', async () => {
  const { world, assign, roleDefinitionId, principalId } = await start()
  identityOf(world, reference).unseenFor = { assignments: 2, tokens: 2 }
  const codes = [await assign({ roleDefinitionId, principalId }), await assign({ roleDefinitionId, principalId })]
  expect(codes.map(codeOf)).toEqual(['PrincipalNotFound', 'PrincipalNotFound'])
  expect(await assign({ roleDefinitionId, principalId })).toMatchObject({
    status: 201,
    body: { properties: { principalType: 'ServicePrincipal' } },
  })

  identityOf(world, reference).unseenFor = { assignments: 2, tokens: 2 }
  const named = { roleDefinitionId: other, principalId, principalType: 'ServicePrincipal' }
  expect((await assign(named)).status).toBe(201)
})

test('an assignment counts once Azure has seen it', async () => {
  const { world, azure, assign, roleDefinitionId, principalId } = await start()
  world.delays.roleAssignment = 3
  await assign({ roleDefinitionId, principalId, principalType: 'ServicePrincipal' })
  const made = Object.values(world.roleAssignments).find(assignment => assignment.principalId === principalId)
  expect(made?.unseenFor).toBe(3)
  const { body } = await azure.send('GET', made!.id, { query })
  expect(body).not.toHaveProperty('properties.unseenFor')
})

test('lists see what is above and, unless told otherwise, below', async () => {
  const { world, assign, list, id, roleDefinitionId, principalId } = await start()
  await assign({ roleDefinitionId, principalId, principalType: 'ServicePrincipal' })
  const owner = onboardingOf(world).objectId
  const subscription = `/subscriptions/${world.subscriptions[0]!.id}`
  expect(await list(id)).toEqual([owner, principalId])
  expect(await list(subscription)).toEqual([owner, principalId])
  expect(await list(subscription, 'atScope()')).toEqual([owner])
  expect(await list(id, `atScope() and assignedTo('${principalId}')`)).toEqual([principalId])
  expect(await list(subscription, `principalId eq '${principalId}'`)).toEqual([principalId])
})

test('what is deleted no longer counts', async () => {
  const { world, azure } = await start()
  const [assignment] = Object.values(world.roleAssignments)
  expect((await azure.send('DELETE', assignment!.id, { query })).status).toBe(200)
  expect((await azure.send('DELETE', assignment!.id, { query })).status).toBe(403)
})

test('a filter for a principal at a scope is refused, as Azure does', async () => {
  const { azure, id, principalId } = await start()
  const $filter = `atScope() and principalId eq '${principalId}'`
  const answer = await azure.send('GET', `${id}/providers/Microsoft.Authorization/roleAssignments`, {
    query: { ...query, $filter },
  })
  expect([answer.status, codeOf(answer)]).toEqual([400, 'UnsupportedQuery'])
})
