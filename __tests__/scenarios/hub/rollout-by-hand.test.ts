import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { edit, remove } from '../../driver/another-hand.ts'
import { argocdServer } from '../../driver/argocd-server.ts'
import { enter, errorsIn, hub, planOf, prepareHub } from '../../driver/story.ts'

const controller = '/apis/apps/v1/namespaces/argocd/statefulsets/argocd-application-controller'

test('Pods that somebody has to delete are named at once, and a run after that goes on', async () => {
  const stage = await enter(worlds['first-light']!())
  await edit(stage.sandbox, hub, controller, ({ spec }) => {
    spec.updateStrategy = { type: 'OnDelete' }
  })

  const held = await stage.run(prepareHub)

  expect(held.exitCode).toBe(1)
  expect(errorsIn(held)).toBe(
    'The rollout of StatefulSet argocd/argocd-application-controller on argocd-aks does not go on by itself: pod ' +
      'argocd-application-controller-0 is replaced only by hand (updateStrategy OnDelete). Delete it with kubectl -n argocd delete pod ' +
      'argocd-application-controller-0; the change stays in place, and a new run goes on from here.',
  )
  await remove(stage.sandbox, hub, '/api/v1/namespaces/argocd/pods/argocd-application-controller-0')
  const gone = await stage.run(prepareHub)
  expect(gone.exitCode, gone.log).toBe(0)
  expect(gone.outputs).toMatchObject({ changed: 'false', verified: 'proven' })
})

test('A paused Deployment is refused before anything is written', async () => {
  const stage = await enter(worlds['first-light']!())
  await edit(stage.sandbox, hub, argocdServer, ({ spec }) => {
    spec.paused = true
  })

  expect(await stage.refuses(prepareHub)).toBe(
    'Deployment argocd-server is paused: its pods would not be made again with what it lacks until somebody resumes it. ' +
      'Resume it (kubectl -n argocd rollout resume deployment/argocd-server) and run again.',
  )
})

test('A controller that sleeps is prepared for the day it wakes up', async () => {
  const stage = await enter(worlds['first-light']!())
  await edit(stage.sandbox, hub, controller, ({ spec }) => {
    spec.replicas = 0
  })

  const prepared = await stage.achieves(prepareHub)

  expect(planOf(prepared.run).map(({ step }) => step)).toContain('StatefulSet argocd-application-controller')
  expect(prepared.run.outputs.verified).toBe('proven')
  expect(prepared.run.log).toContain('(it has no replicas for now; its pods will have the token once it is scaled up)')
})
