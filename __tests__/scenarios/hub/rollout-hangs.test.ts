import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, errorsIn, prepareHub } from '../../driver/story.ts'

test('Pods that never become ready: after ten minutes the run gives up and says how far they came', async () => {
  const stage = await enter(worlds['rollout-hangs']!())

  const failed = await stage.run(prepareHub)

  expect(failed.exitCode).toBe(1)
  expect(errorsIn(failed)).toMatch(
    /^The rollout of (Deployment argocd\/argocd-server|StatefulSet argocd\/argocd-application-controller) on argocd-aks is not over after 10 minutes: \d of 1 pods are new, \d ready; container argocd-[\w-]+ of pod argocd-[\w-]+ is ContainerCreating\. Look at it with kubectl -n argocd rollout status (deployment\/argocd-server|statefulset\/argocd-application-controller); the change stays in place, and a new run goes on from here\.$/,
  )
})
