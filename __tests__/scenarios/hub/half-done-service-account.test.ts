import { expect, test } from 'vitest'
import { createKeyring } from '../../../sandbox/keyring.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { seedUpTo } from '../../../sandbox/worlds/seed-by-hand.ts'
import { enter, planOf, prepareHub } from '../../driver/story.ts'

const dedicated = { ...prepareHub, 'service-account': 'svc-argocd-aks' }
const issuer = 'update AKS cluster argocd-aks'
const identity = 'create managed identity argocd-workload-identity'
const credential = expect.stringMatching(/^create federated credential svc-argocd-aks-[\da-f]{10}$/)
const account = 'create ServiceAccount argocd/svc-argocd-aks'
const binding = expect.stringMatching(/^create ClusterRoleBinding argo-aks-onboard-svc-argocd-aks-[\da-f]{10}$/)
const workloads = ['update Deployment argocd-server', 'update StatefulSet argocd-application-controller']

/** Somebody followed the procedure by hand up to a step; its own objects are found under their own names and used. */
test.each([
  { step: 0, left: [issuer, identity, credential, account, binding, ...workloads] },
  { step: 1, left: [identity, credential, account, binding, ...workloads] },
  { step: 3, left: [credential, account, binding, ...workloads] },
  { step: 4, left: [credential, account, binding, ...workloads] },
  { step: 5, left: [account, binding, ...workloads] },
  { step: 6, left: [binding, ...workloads] },
  { step: 7, left: workloads },
  { step: 8, left: [] },
])('By hand up to step $step: the run does what is left, with the same dedicated account', async ({ step, left }) => {
  const world = worlds['first-light']!()
  const keyring = await createKeyring()
  await seedUpTo(world, keyring, step)
  const stage = await enter(world, keyring)

  const prepared = await stage.achieves(dedicated)

  expect(planOf(prepared.run).map(({ step, action }) => `${action} ${step}`)).toEqual(left)
  expect(planOf(await stage.run({ ...dedicated, 'dry-run': 'true' }))).toEqual([])
  if (step === 6) await stage.matches('half-done-service-account.md', prepared)
})
