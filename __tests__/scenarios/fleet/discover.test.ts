import { expect, test } from 'vitest'
import { fleetOf } from '../../../sandbox/worlds/fleet.ts'
import { outputsHandedOn } from '../../driver/runner-secrets.ts'
import { enterPrepared, written } from '../../driver/story.ts'

const targets = ['dev-rg/dev1', 'dev-rg/dev2', 'Contoso Apps/shop-rg/shop1']
const discover = { mode: 'discover', 'target-tag': 'argocd-fleet=on', subscriptions: 'all' }

test('Clusters are found by their tag wherever they are, page by page, and each job of the matrix onboards its own', async () => {
  const world = { ...fleetOf({ targets }), pageSize: 2 }
  const stage = await enterPrepared(world)

  const found = await stage.run(discover)

  expect(found.exitCode, found.log).toBe(0)
  expect(written(found)).toEqual([])
  expect(new Set(found.requests.map(({ host }) => host)), 'nothing but Azure is asked').toEqual(
    new Set([
      expect.stringMatching(/actions\.githubusercontent\.com$/),
      'login.microsoftonline.com',
      'management.azure.com',
    ]),
  )
  const secrets = [world.tenantId, ...world.subscriptions.map(({ id }) => id)]
  const handedOn = outputsHandedOn(found.outputs, secrets)
  expect(Object.keys(handedOn)).toEqual(expect.arrayContaining(['matrix', 'targets']))
  const { include }: { include: { title: string; targets: string }[] } = JSON.parse(handedOn.matrix ?? '')
  expect(include.map(({ title }) => title)).toEqual(expect.arrayContaining(targets))

  const bySubscription = await stage.run({
    ...discover,
    subscriptions: world.subscriptions.map(({ id }) => id).join('\n'),
  })
  expect(bySubscription.outputs.matrix).toBe(found.outputs.matrix)

  for (const job of include) {
    const run = await stage.run({ mode: 'target', targets: job.targets })
    expect(run.exitCode, run.log).toBe(0)
    expect(JSON.parse(run.outputs.targets ?? '')).toMatchObject([{ id: job.title, outcome: 'onboarded' }])
  }
})

test('Where no cluster carries the tag, the matrix is empty and that is said', async () => {
  const stage = await enterPrepared(fleetOf({ targets: [] }))
  const found = await stage.run(discover)
  expect(found).toMatchObject({ exitCode: 0, outputs: { matrix: '', targets: '[]' } })
  expect(found.log).toContain('No cluster was found')
})
