import { expect, test } from 'vitest'
import { createKeyring } from '../../../sandbox/keyring.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { seedUpTo } from '../../../sandbox/worlds/seed-by-hand.ts'
import { enter, planOf, prepareHub } from '../../driver/story.ts'

const everything = [
  'update AKS cluster argocd-aks',
  'create managed identity argocd-workload-identity',
  'create federated credential argocd-server-f7aefbad13',
  'create federated credential argocd-application-controller-5acc8884e6',
  'update Deployment argocd-server',
  'update StatefulSet argocd-application-controller',
]
const withoutIssuer = everything.slice(1)
const accountsOfArgoCd = everything.slice(2)

/** Somebody followed the procedure by hand up to a step; what is left to do where Argo CD keeps its own service accounts. */
test.each([
  { step: 0, left: everything },
  { step: 1, left: withoutIssuer },
  { step: 3, left: accountsOfArgoCd },
  { step: 4, left: accountsOfArgoCd },
  { step: 5, left: accountsOfArgoCd },
  { step: 6, left: accountsOfArgoCd },
  { step: 7, left: accountsOfArgoCd },
  { step: 8, left: [] },
])('By hand up to step $step: the run does what is left, under Argo CD’s own accounts', async ({ step, left }) => {
  const world = worlds['first-light']!()
  const keyring = await createKeyring()
  await seedUpTo(world, keyring, step)
  const stage = await enter(world, keyring)

  const prepared = await stage.achieves(prepareHub)

  expect(planOf(prepared.run).map(({ step, action }) => `${action} ${step}`)).toEqual(left)
  expect(planOf(await stage.run({ ...prepareHub, 'dry-run': 'true' }))).toEqual([])
  if (step === 5) await stage.matches('half-done.md', prepared)
})
