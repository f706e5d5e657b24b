import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget, planOf, written } from '../../driver/story.ts'

test('A private cluster is onboarded: the identity is let in, that is proven, and then Argo CD is told', async () => {
  const stage = await enterPrepared(worlds['first-light']!())

  const target = await stage.succeeds(onboardTarget)

  expect(planOf(target.run).map(({ step, action }) => `${action} ${step}`)).toEqual([
    expect.stringMatching(/^create ClusterRoleBinding argo-aks-onboard-[\da-f]{10}$/),
    expect.stringMatching(/^create cluster Secret argocd\/cluster-devworkloadaks1-.+-\d+$/),
  ])
  expect(written(target.run).at(-1), 'what is written last').toContain('/secrets/')
  expect(target.run.requests.at(-1)?.write, 'the proof comes before it').toBe(true)
  await stage.matches('fresh.md', target)
})
