import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { identity, identityOf } from '../../../sandbox/worlds/builder.ts'
import { fleetOf } from '../../../sandbox/worlds/fleet.ts'
import { enterPrepared, errorsIn, written } from '../../driver/story.ts'

const identities = { own: 'argocd-rg/argocd-workload-identity', other: 'argocd-rg/shop-identity' }

test('Targets ask for what is otherwise for them, and those that want one name are told before anything is written for them', async () => {
  const world = fleetOf({ targets: ['dev-rg/aks', 'test-rg/aks', 'prod-rg/aks', 'shop-rg/shop1'] })
  identity(identities.other)(world)
  const stage = await enterPrepared(world)
  // The other identity trusts the same accounts of Argo CD.
  const { federatedCredentials } = identityOf(world, identities.own)
  identityOf(world, identities.other).federatedCredentials = structuredClone(federatedCredentials)

  const targets = [
    'dev-rg/aks',
    'test-rg/aks',
    { 'target-cluster': 'prod-rg/aks', name: 'prod' },
    { 'target-cluster': 'shop-rg/shop1', identity: identities.other, labels: { tier: 'shop' } },
  ]
  const clashing = await stage.run({ mode: 'target', targets: stringify(targets), labels: 'tier=any' })

  expect(clashing.exitCode).toBe(1)
  expect(await stage.readable(errorsIn(clashing))).toMatch(
    /\/dev-rg\/.* is to be called aks in Argo CD, and so is .*\/test-rg\/.*: Applications with destination\.name fail/,
  )
  const results: { id: string; outcome: string }[] = JSON.parse(clashing.outputs.targets ?? '')
  expect(results.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual([
    'dev-rg/aks failed',
    'prod-rg/aks onboarded',
    'shop-rg/shop1 onboarded',
    'test-rg/aks failed',
  ])
  expect(written(clashing), 'a grant and a Secret for each of the two').toHaveLength(4)
  const sold = clashing.requests.filter(
    ({ method, path }) => method === 'POST' && /serviceaccounts\/[^/]+\/token$/.test(path),
  )
  expect(sold, 'two accounts for each of the two identities').toHaveLength(4)
  const objects = await stage.sandbox.objects('argocd-rg/argocd-aks')
  const secrets = objects.filter(
    ({ kind, metadata }) => kind === 'Secret' && metadata.labels?.['argocd.argoproj.io/secret-type'] === 'cluster',
  )
  const byName = Object.fromEntries(
    secrets.map(({ data, metadata }) => [
      decoded(data, 'name'),
      { config: decoded(data, 'config'), labels: metadata.labels },
    ]),
  )
  expect(byName.shop1).toMatchObject({
    config: expect.stringContaining(identityOf(world, identities.other).clientId),
    labels: { tier: 'shop' },
  })
  expect(byName.prod).toMatchObject({
    config: expect.stringContaining(identityOf(world, identities.own).clientId),
    labels: { tier: 'any' },
  })

  const named = await stage.run({
    mode: 'target',
    targets: 'dev-rg/aks\ntest-rg/aks',
    name: '{resource-group}-{name}',
  })
  expect(named.exitCode, named.log).toBe(0)
  expect(JSON.parse(named.outputs.targets ?? '')).toMatchObject([{ name: 'dev-rg-aks' }, { name: 'test-rg-aks' }])
})

const decoded = (data: unknown, key: string): string =>
  Buffer.from((data as Record<string, string>)[key] ?? '', 'base64').toString()
