import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { fleetOf } from '../../../sandbox/worlds/fleet.ts'
import { enterPrepared, errorsIn, written } from '../../driver/story.ts'

const targets = ['dev-rg/dev1', 'dev-rg/dev2', 'test-rg/test2', 'Contoso Apps/shop-rg/shop1']

test('A fleet of all sorts: one that fails and one that is stopped keep no other from being onboarded, and the hub is read once', async () => {
  const world = fleetOf({ targets, stopped: ['dev-rg/dev2'] })
  const stage = await enterPrepared(world)
  const first = await stage.run({ mode: 'target', 'target-cluster': 'dev-rg/dev1' })
  expect(first.exitCode, first.log).toBe(0)
  clusterOf(world, 'test-rg/test2').authority.served = 'Corporate inspection proxy'

  const run = await stage.run({ mode: 'target', targets: targets.join('\n') })

  expect(run.exitCode, run.log).toBe(1)
  expect(errorsIn(run)).toMatch(
    /^The API server of test2 .* could not be reached: its certificate is not one of the authority/,
  )
  expect(errorsIn(run)).toMatch(
    /^1 of 4 targets failed: test-rg\/test2: each of them says why above and in the summary\./m,
  )
  const results: { id: string; outcome: string; error?: string }[] = JSON.parse(run.outputs.targets ?? '')
  expect(results.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    'test-rg/test2 failed',
    'dev-rg/dev2 skipped',
    'Contoso Apps/shop-rg/shop1 onboarded',
    'dev-rg/dev1 unchanged',
  ])
  expect(run.outputs).toMatchObject({ changed: 'true', verified: 'partial' })
  expect(run.summary).toMatch(/4 targets: 1 failed, 1 skipped, 1 onboarded, 1 unchanged/)
  expect(run.summary.indexOf('| test-rg/test2 | **failed**')).toBeLessThan(
    run.summary.indexOf('| dev-rg/dev2 | **skipped**'),
  )
  const onHub = run.requests.filter(
    ({ method, path }) => method === 'GET' && /namespaces\/argocd\/(pods|secrets)$/.test(path),
  )
  expect(
    onHub.map(({ path }) => path).sort(),
    'lists on the hub: pods, cluster Secrets, and all of ours for those that are new',
  ).toEqual([
    '/api/v1/namespaces/argocd/pods',
    '/api/v1/namespaces/argocd/secrets',
    '/api/v1/namespaces/argocd/secrets',
  ])

  clusterOf(world, 'test-rg/test2').authority.served = clusterOf(world, 'test-rg/test2').authority.reported
  clusterOf(world, 'dev-rg/dev2').arm.properties.powerState.code = 'Running'
  const mended = await stage.run({ mode: 'target', targets: targets.join('\n') })
  expect(mended.exitCode, mended.log).toBe(0)
  expect(mended.outputs).toMatchObject({ changed: 'true', verified: 'proven' })

  const again = await stage.run({ mode: 'target', targets: targets.join('\n'), verify: 'false' })
  expect(again).toMatchObject({ exitCode: 0, outputs: { changed: 'false', changes: '[]' } })
  expect(written(again)).toEqual([])
  expect(again.requests.length, 'twelve for the hub and four for each target').toBeLessThanOrEqual(12 + 4 * 4)
})
