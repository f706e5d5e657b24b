import { describe, expect, test } from 'vitest'
import { mayPrepareHub, onboardingApplication } from '../../../sandbox/worlds/access.ts'
import { identity, identityOf, worldOf } from '../../../sandbox/worlds/builder.ts'
import { azureOf, codeOf } from './azure.ts'

const reference = 'argocd-rg/argocd-workload-identity'
const query = { 'api-version': '2024-11-30' }
const emptyWorld = () => worldOf('msi', onboardingApplication, mayPrepareHub('argocd-rg/argocd-aks'))
const worldWithIdentity = () =>
  worldOf('msi', onboardingApplication, mayPrepareHub('argocd-rg/argocd-aks'), identity(reference))

const issuer = 'https://westeurope.oic.prod-aks.azure.com/t/i/'
const credential = (subject = 'system:serviceaccount:argocd:argocd-server') => ({
  issuer,
  subject,
  audiences: ['api://AzureADTokenExchange'],
})

test('an identity is created, found, listed, tagged and deleted', async () => {
  const world = emptyWorld()
  const { identities, subscription } = await azureOf(world)
  const created = await identities.createOrUpdate('ARGOCD-RG', 'argocd-workload-identity', { location: 'westeurope' })
  expect(created.id).toBe(
    `/subscriptions/${subscription}/resourcegroups/argocd-rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/argocd-workload-identity`,
  )
  expect(created).toMatchObject({
    tenantId: world.tenantId,
    clientId: expect.any(String),
    principalId: expect.any(String),
  })

  const tagged = await identities.createOrUpdate('argocd-rg', 'argocd-workload-identity', {
    location: 'westeurope',
    tags: { a: 'b' },
  })
  expect(tagged).toMatchObject({ clientId: created.clientId, tags: { a: 'b' } })
  expect(await identities.get('argocd-rg', 'Argocd-Workload-Identity')).toEqual(tagged)

  const names = []
  for await (const { name } of identities.listByResourceGroup('argocd-rg')) names.push(name)
  expect(names).toEqual(['argocd-workload-identity'])

  await identities.delete('argocd-rg', 'argocd-workload-identity')
  expect(world.identities).toEqual({})
})

test('a new identity is not known everywhere at once', async () => {
  const world = emptyWorld()
  world.delays.identity = 2
  const { identities } = await azureOf(world)
  await identities.createOrUpdate('argocd-rg', 'argocd-workload-identity', { location: 'westeurope' })
  expect(identityOf(world, reference).unseenFor).toEqual({ assignments: 2, tokens: 2 })
})

test.each([
  ['without a location', 'new-identity', {}, 400, 'LocationRequired'],
  ['with a name that is too short', 'ab', { location: 'westeurope' }, 400, 'BadRequest'],
  ['at another location', 'argocd-workload-identity', { location: 'eastus' }, 409, 'InvalidResourceLocation'],
])('an identity %s', async (_, name, body, status, code) => {
  const azure = await azureOf(worldWithIdentity())
  const path = `/subscriptions/${azure.subscription}/resourceGroups/argocd-rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`
  const answer = await azure.send('PUT', path, { query, body })
  expect([answer.status, codeOf(answer)]).toEqual([status, code])
})

describe('federated credentials', () => {
  test('are created, changed, listed and deleted', async () => {
    const world = worldWithIdentity()
    const { credentials } = await azureOf(world)
    const created = await credentials.createOrUpdate(
      'argocd-rg',
      'argocd-workload-identity',
      'argocd-server',
      credential(),
    )
    expect(created).toMatchObject({ ...credential(), name: 'argocd-server' })

    const changed = await credentials.createOrUpdate('argocd-rg', 'argocd-workload-identity', 'argocd-server', {
      ...credential(),
      issuer: `${issuer}x/`,
    })
    expect(changed.issuer).toBe(`${issuer}x/`)

    const names = []
    for await (const { name } of credentials.list('argocd-rg', 'argocd-workload-identity', { top: 1 })) names.push(name)
    expect(names).toEqual(['argocd-server'])

    await credentials.delete('argocd-rg', 'argocd-workload-identity', 'argocd-server')
    await credentials.delete('argocd-rg', 'argocd-workload-identity', 'argocd-server')
    expect(identityOf(world, reference).federatedCredentials).toEqual({})
  })

  test('are not seen at once, when they are new or changed', async () => {
    const world = worldWithIdentity()
    world.delays.federatedCredential = 3
    const { credentials } = await azureOf(world)
    const write = () =>
      credentials.createOrUpdate('argocd-rg', 'argocd-workload-identity', 'argocd-server', credential())
    await write()
    const stored = identityOf(world, reference).federatedCredentials['argocd-server']!
    expect(stored.unseenFor).toBe(3)
    stored.unseenFor = 0
    await write()
    expect(identityOf(world, reference).federatedCredentials['argocd-server']!.unseenFor).toBe(0)
  })

  test('are written one at a time', async () => {
    const { credentials } = await azureOf(worldWithIdentity())
    const write = (name: string) =>
      credentials.createOrUpdate(
        'argocd-rg',
        'argocd-workload-identity',
        name,
        credential(`system:serviceaccount:argocd:${name}`),
      )
    const [first, second] = await Promise.allSettled([write('argocd-server'), write('argocd-application-controller')])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { statusCode: 409, code: 'ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity' },
    })
    await write('argocd-application-controller')
  })

  test('are twenty at most', async () => {
    const world = worldWithIdentity()
    for (let number = 0; number < 20; number += 1) {
      const name = `credential-${number}`
      identityOf(world, reference).federatedCredentials[name] = { id: name, name, ...credential(`s-${number}`) }
    }
    const { credentials } = await azureOf(world)
    const write = (name: string, subject: string) =>
      credentials.createOrUpdate('argocd-rg', 'argocd-workload-identity', name, credential(subject))
    await expect(write('one-more', 's-20')).rejects.toMatchObject({ statusCode: 400 })
    await expect(write('credential-0', 's-0-changed')).resolves.toMatchObject({ name: 'credential-0' })
  })

  test.each([
    ['a name that is too short', 'ab', credential()],
    ['a name that begins with a dash', '-abc', credential()],
    ['no subject', 'abc', { ...credential(), subject: '' }],
    ['two audiences', 'abc', { ...credential(), audiences: ['a', 'b'] }],
    ['a subject of 601 characters', 'abc', credential('s'.repeat(601))],
    ['issuer and subject of another one', 'abc', credential('taken')],
  ])('are refused with %s', async (_, name, properties) => {
    const world = worldWithIdentity()
    identityOf(world, reference).federatedCredentials.other = { id: 'other', name: 'other', ...credential('taken') }
    const azure = await azureOf(world)
    const path = `${identityOf(world, reference).id}/federatedIdentityCredentials/${name}`
    const answer = await azure.send('PUT', path, { query, body: { properties } })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BadRequest'])
  })

  test.each([
    ['GET', '', 'ResourceNotFound'],
    ['GET', '/abc', 'ResourceNotFound'],
    ['PUT', '/abc', 'ParentResourceNotFound'],
  ])('of an identity that is not there: %s %s', async (method, name, code) => {
    const azure = await azureOf(emptyWorld())
    const path = `/subscriptions/${azure.subscription}/resourceGroups/argocd-rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nobody/federatedIdentityCredentials${name}`
    const answer = await azure.send(method, path, {
      query,
      ...(method === 'PUT' && { body: { properties: credential() } }),
    })
    expect([answer.status, codeOf(answer)]).toEqual([404, code])
  })
})
