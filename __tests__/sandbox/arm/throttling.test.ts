import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { roles } from '../../../sandbox/arm/built-in-roles.ts'
import { admitAtGateway, admitAtProvider } from '../../../sandbox/arm/throttling.ts'
import type { World } from '../../../sandbox/world.ts'
import { grant, onboardingApplication } from '../../../sandbox/worlds/access.ts'
import { identity, worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { azureOf, codeOf } from './azure.ts'

const caller = { name: 'caller', clientId: 'client', objectId: 'person', groups: [] }
const other = { ...caller, objectId: 'another person' }
const group = '/subscriptions/s/resourceGroups/g/providers'
const aks = `${group}/Microsoft.ContainerService/managedClusters/c`
const msi = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/i`
const graph = '/providers/Microsoft.ResourceGraph/resources'

// The machine's clock stands still; time passes where a test puts the world's clock ahead.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterAll(() => void vi.useRealTimers())

function start(throttling: World['throttling'] = true): World {
  const world = worldOf('throttled', onboardingApplication)
  if (throttling) world.throttling = throttling
  return world
}

const times = <Result>(count: number, action: () => Result): Result[] => Array.from({ length: count }, action)

test.each([
  ['reads', 'GET', aks, 250, 1],
  ['writes', 'PUT', aks, 200, 1],
  ['actions', 'POST', `${aks}/listClusterUserCredential`, 200, 1],
  ['deletes', 'DELETE', aks, 200, 1],
  ['reads of the tenant', 'GET', '/subscriptions', 250, 1],
])('ARM lets so many %s through, and then says when to come again', (_, method, path, size, wait) => {
  const world = start()
  const admissions = times(size, () => admitAtGateway(world, caller, method, path))
  expect(admissions.filter(({ refusal }) => refusal)).toEqual([])
  const { refusal } = admitAtGateway(world, caller, method, path)
  expect(refusal).toMatchObject({ status: 429, headers: { 'retry-after': String(wait) } })
})

test.each([
  [
    'GET',
    aks,
    {
      'x-ms-ratelimit-remaining-subscription-reads': '249',
      'x-ms-ratelimit-remaining-subscription-global-reads': '3749',
    },
  ],
  [
    'PUT',
    aks,
    {
      'x-ms-ratelimit-remaining-subscription-writes': '199',
      'x-ms-ratelimit-remaining-subscription-global-writes': '2999',
    },
  ],
  [
    'DELETE',
    aks,
    {
      'x-ms-ratelimit-remaining-subscription-deletes': '199',
      'x-ms-ratelimit-remaining-subscription-global-deletes': '2999',
    },
  ],
  ['GET', '/subscriptions', { 'x-ms-ratelimit-remaining-tenant-reads': '249' }],
])('what is left after a %s of %s', (method, path, headers) => {
  expect(admitAtGateway(start(), caller, method, path).headers).toEqual(headers)
})

test('what is left counts down, fills up with time, and is counted for each principal', () => {
  const world = start()
  const left = (who = caller) =>
    admitAtGateway(world, who, 'GET', aks).headers['x-ms-ratelimit-remaining-subscription-reads']
  expect(times(3, left)).toEqual(['249', '248', '247'])
  expect(left(other)).toBe('249')
  world.clockAhead = 60
  expect(left()).toBe('247')
  world.clockAhead = 10_000
  expect(left()).toBe('249')
  world.clockAhead = 0
  expect(left()).toBe('248')
})

test('all principals of a subscription share what it holds', () => {
  const world = start({ armReadsOfAll: { size: 2, perSecond: 0.1 } })
  const statuses = [caller, other, caller].map(who => admitAtGateway(world, who, 'GET', aks).refusal?.status)
  expect(statuses).toEqual([undefined, undefined, 429])
  expect(admitAtGateway(world, other, 'GET', aks.replace('/s/', '/t/')).refusal).toBeUndefined()
})

test('a request that is turned away costs nothing', () => {
  const world = start({ armReads: { size: 1, perSecond: 0.5 }, armReadsOfAll: { size: 2, perSecond: 0.01 } })
  const ask = () => admitAtGateway(world, caller, 'GET', aks).refusal?.headers?.['retry-after']
  expect(times(4, ask)).toEqual([undefined, '2', '2', '2'])
  world.clockAhead = 2_000
  expect(ask()).toBeUndefined()
})

describe('a provider', () => {
  test.each([
    ['AKS: updates of a cluster', 'PUT', aks, 20, 60, 'Throttled'],
    ['AKS: lists', 'GET', aks.slice(0, -2), 500, 1, 'Throttled'],
    ['writes of an identity', 'PUT', msi, 5, 4, '429'],
    ['writes of its credentials', 'PUT', `${msi}/federatedIdentityCredentials/f`, 5, 4, '429'],
    ['reads of an identity', 'GET', msi, 10, 2, '429'],
    ['lists of credentials', 'GET', `${msi}/federatedIdentityCredentials`, 5, 4, '429'],
    ['lists of identities', 'GET', msi.slice(0, -2), 100, 1, '429'],
    ['queries', 'POST', graph, 15, 1, 'RateLimiting'],
  ])('%s', (_, method, path, size, wait, code) => {
    const world = start()
    const admissions = times(size, () => admitAtProvider(world, caller, method, path))
    expect(admissions.filter(({ refusal }) => refusal)).toEqual([])
    const { refusal } = admitAtProvider(world, caller, method, path)
    expect(refusal).toMatchObject({ status: 429, headers: { 'retry-after': String(wait) } })
    expect(codeOf(refusal!)).toBe(code)
    world.clockAhead = wait * 1000
    expect(admitAtProvider(world, caller, method, path).refusal).toBeUndefined()
  })

  test('counts each cluster and each identity by itself, whatever the case of its name', () => {
    const world = start({ clusterWrites: { size: 1, perSecond: 0.1 }, identityWrites: { size: 1, perSecond: 0.1 } })
    const refused = (path: string) => admitAtProvider(world, caller, 'PUT', path).refusal !== undefined
    expect(
      [aks, aks.toUpperCase(), `${aks}d`, msi, `${msi}/federatedIdentityCredentials/f`, `${msi}j`].map(refused),
    ).toEqual([false, true, false, false, true, false])
  })

  test.each([
    ['GET', aks],
    ['POST', `${aks}/listClusterUserCredential`],
    ['PUT', `${msi}/providers/Microsoft.Authorization/roleAssignments/r`],
  ])('has no limit of its own for %s %s', (method, path) => {
    const world = start()
    expect(times(1000, () => admitAtProvider(world, caller, method, path)).filter(({ refusal }) => refusal)).toEqual([])
  })

  test('of queries says what is left of the quota', () => {
    const world = start()
    const ask = () => admitAtProvider(world, caller, 'POST', graph).headers
    expect(times(2, ask)).toEqual([
      { 'x-ms-user-quota-remaining': '14', 'x-ms-user-quota-resets-after': '00:00:01' },
      { 'x-ms-user-quota-remaining': '13', 'x-ms-user-quota-resets-after': '00:00:01' },
    ])
  })
})

describe('through ARM', () => {
  const reference = 'argocd-rg/argocd-workload-identity'
  const query = { 'api-version': '2024-11-30' }

  async function ask(throttling: World['throttling'], count: number) {
    const world = worldOf('throttled', onboardingApplication, cluster('argocd-rg/argocd-aks'), identity(reference))
    if (throttling) world.throttling = throttling
    grant(world, roles.owner, `/subscriptions/${world.subscriptions[0]!.id}`)
    const azure = await azureOf(world)
    const [path] = Object.keys(world.identities)
    const answers = []
    for (let sent = 0; sent < count; sent += 1) answers.push(await azure.send('GET', path!, { query }))
    return answers
  }

  test('nothing is limited unless the world says so', async () => {
    const answers = await ask(undefined, 30)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(answers.at(-1)!.headers).toMatchObject({ 'x-ms-ratelimit-remaining-subscription-reads': '249' })
  })

  test('the provider refuses what ARM let through', async () => {
    const [, , third] = await ask({ identityReads: { size: 2, perSecond: 0.01 } }, 3)
    expect(third).toMatchObject({
      status: 429,
      headers: { 'retry-after': '100', 'x-ms-ratelimit-remaining-subscription-reads': expect.any(String) },
    })
    expect(third!.write).toBeUndefined()
  })

  test('ARM refuses before it asks who may do what', async () => {
    const [, second] = await ask({ armReads: { size: 1, perSecond: 0.01 } }, 2)
    expect([second!.status, codeOf(second!), second!.caller]).toEqual([
      429,
      'SubscriptionRequestsThrottled',
      'onboarding',
    ])
  })
})
