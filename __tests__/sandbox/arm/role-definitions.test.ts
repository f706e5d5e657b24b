import { expect, test } from 'vitest'
import { roleDefinitionOf, roles } from '../../../sandbox/arm/built-in-roles.ts'
import { grant, onboardingApplication } from '../../../sandbox/worlds/access.ts'
import { worldOf } from '../../../sandbox/worlds/builder.ts'
import { azureOf, codeOf } from './azure.ts'

const custom = '99999999-0000-4000-8000-000000000000'
const collection = '/providers/Microsoft.Authorization/roleDefinitions'

async function start() {
  const world = worldOf('role-definitions', onboardingApplication)
  const subscription = `/subscriptions/${world.subscriptions[0]!.id}`
  grant(world, roles.reader, subscription)
  world.roleDefinitions[custom] = roleDefinitionOf(custom, "Anna's role", { actions: ['*/read'] })
  const azure = await azureOf(world)
  const get = (path: string, $filter?: string) =>
    azure.send('GET', path, { query: { 'api-version': '2022-05-01-preview', ...($filter && { $filter }) } })
  return { subscription, get }
}

test.each([
  ["roleName eq 'Azure Kubernetes Service RBAC Cluster Admin'", [roles.aksRbacClusterAdmin]],
  ["roleName eq 'azure kubernetes service rbac reader'", [roles.aksRbacReader]],
  ["roleName eq 'Anna''s role'", [custom]],
  ["roleName eq 'No such role'", []],
  ["type eq 'CustomRole'", [custom]],
])('%s', async (filter, names) => {
  const { subscription, get } = await start()
  const { status, body } = await get(`${subscription}${collection}`, filter)
  expect(status).toBe(200)
  expect((body as { value: { id: string }[] }).value.map(({ id }) => id)).toEqual(
    names.map(name => `${subscription}${collection}/${name}`),
  )
})

test('a definition says all that its role holds', async () => {
  const { subscription, get } = await start()
  const answer = await get(`${subscription}${collection}/${roles.aksRbacAdmin}`)
  expect(answer).toMatchObject({
    status: 200,
    body: {
      name: roles.aksRbacAdmin,
      properties: {
        roleName: 'Azure Kubernetes Service RBAC Admin',
        type: 'BuiltInRole',
        assignableScopes: ['/'],
        permissions: [
          {
            dataActions: ['Microsoft.ContainerService/managedClusters/*'],
            notDataActions: expect.arrayContaining(['Microsoft.ContainerService/managedClusters/namespaces/write']),
          },
        ],
      },
    },
  })
})

test.each([
  [
    'a role that is not there',
    `${collection}/${custom.replaceAll('9', '8')}`,
    undefined,
    404,
    'RoleDefinitionDoesNotExist',
  ],
  ['a filter that nobody plays', collection, 'atScopeAndBelow()', 501, 'NotInSandbox'],
])('%s', async (_, path, filter, status, code) => {
  const { subscription, get } = await start()
  const answer = await get(`${subscription}${path}`, filter)
  expect([answer.status, codeOf(answer)]).toEqual([status, code])
})
