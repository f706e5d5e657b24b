import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { edit } from '../../driver/another-hand.ts'
import { annotationsOf, argocdServer, containerOf, fields, podOf, take } from '../../driver/argocd-server.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

const unverified = { ...prepareHub, verify: 'false' }

test('What another hand took from Argo CD’s workload is added again, what it changed elsewhere stays', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.run(unverified)
  await edit(stage.sandbox, hub, argocdServer, deployment => {
    containerOf(deployment).image = 'registry.example/argoproj/argocd:v3.5.2'
    containerOf(deployment).env.push({ name: 'GOGC', value: '50' })
    annotationsOf(deployment)['kubectl.kubernetes.io/restartedAt'] = '2026-11-24T08:00:00Z'
  })
  expect(planOf((await stage.achieves(unverified)).run)).toEqual([])
  const right = await picture(stage.sandbox)

  await edit(stage.sandbox, hub, argocdServer, deployment =>
    take(containerOf(deployment).env, 'AZURE_FEDERATED_TOKEN_FILE'),
  )
  const withVariable = await stage.achieves(unverified)
  expect(planOf(withVariable.run)).toEqual([
    { step: 'Deployment argocd-server', action: 'update', fields: [fields.variable] },
  ])

  await edit(stage.sandbox, hub, argocdServer, deployment => {
    take(podOf(deployment).volumes, 'azure-identity-token')
    take(containerOf(deployment).volumeMounts, 'azure-identity-token')
  })
  const withVolume = await stage.achieves(unverified)
  expect(planOf(withVolume.run)).toMatchObject([{ fields: [fields.mount, fields.volume] }])
  expect(difference(right, await picture(stage.sandbox))).toEqual([])

  // Nothing hangs on the annotation alone, so that no pod is restarted for its sake.
  await edit(
    stage.sandbox,
    hub,
    argocdServer,
    deployment => delete annotationsOf(deployment)['argo-aks-onboard/oidc-issuer'],
  )
  expect(planOf((await stage.achieves(unverified)).run)).toEqual([])
})
