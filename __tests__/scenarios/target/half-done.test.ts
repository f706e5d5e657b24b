import { expect, test } from 'vitest'
import { createKeyring } from '../../../sandbox/keyring.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { seedUpTo } from '../../../sandbox/worlds/seed-by-hand.ts'
import { enter, onboardTarget, planOf } from '../../driver/story.ts'

const binding = expect.stringMatching(/^create ClusterRoleBinding argo-aks-onboard-[\da-f]{10}$/)
const secret = expect.stringMatching(/^create cluster Secret argocd\/cluster-devworkloadaks1-.+-\d+$/)

/** Somebody prepared the hub by hand, and perhaps the target too; what is right is used under the name that it has. */
test.each([
  { step: 8, left: [binding, secret] },
  { step: 9, left: [binding] },
  { step: 10, left: [] },
])('By hand up to step $step: the run does what is left', async ({ step, left }) => {
  const world = worlds['first-light']!()
  const keyring = await createKeyring()
  await seedUpTo(world, keyring, step)
  const stage = await enter(world, keyring)

  const target = await stage.achieves(onboardTarget)

  expect(planOf(target.run).map(({ step, action }) => `${action} ${step}`)).toEqual(left)
  expect(planOf(await stage.run({ ...onboardTarget, 'dry-run': 'true' }))).toEqual([])
  if (step > 8) expect(target.run.outputs['secret-name']).toBe('devworkloadaks1-secret')
  if (step === 10) await stage.matches('half-done.md', target)
})
