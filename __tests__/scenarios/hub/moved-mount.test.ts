import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { edit } from '../../driver/another-hand.ts'
import { argocdServer, containerOf, fields, named } from '../../driver/argocd-server.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

test('Where another hand moved the mount, the variable follows', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.run(prepareHub)
  await edit(stage.sandbox, hub, argocdServer, deployment => {
    named(containerOf(deployment).volumeMounts, 'azure-identity-token').mountPath = '/elsewhere'
  })

  const followed = await stage.succeeds(prepareHub)

  expect(planOf(followed.run)).toMatchObject([
    { step: 'Deployment argocd-server', fields: [`${fields.variable}.value`] },
  ])
})
