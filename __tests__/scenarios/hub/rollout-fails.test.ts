import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, errorsIn, hub, prepareHub } from '../../driver/story.ts'

test('Pods whose image cannot be pulled: the message holds pod, container and reason, and a later run goes on from there', async () => {
  const world = worlds['rollout-fails']!()
  const stage = await enter(world)

  const failed = await stage.run(prepareHub)

  expect(failed.exitCode).toBe(1)
  expect(errorsIn(failed)).toMatch(
    /^The rollout of Deployment argocd\/argocd-server on argocd-aks fails: container argocd-server of pod argocd-server-\w+-\w+ is in ImagePullBackOff \(Back-off pulling image "[^"]+".*\)\. Look at it with kubectl -n argocd describe pod argocd-server-\w+-\w+; the change stays in place, and a new run goes on from here\.$/,
  )
  expect(failed.outputs).toMatchObject({ changed: 'true', verified: 'skipped' })

  clusterOf(world, hub).rollouts = {}
  const recovered = await stage.run(prepareHub)
  expect(recovered.exitCode, recovered.log).toBe(0)
  expect(recovered.outputs).toMatchObject({ changed: 'false', verified: 'proven' })
})
