import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, planOf, prepareHub } from '../../driver/story.ts'

test('An Argo CD of the Helm chart is found by what its containers run, whatever they are called', async () => {
  const stage = await enter(worlds.helm!())

  const hub = await stage.succeeds(prepareHub)

  const [, , , , server, controller] = planOf(hub.run)
  expect(server).toMatchObject({
    step: 'Deployment prod-argocd-server',
    fields: expect.arrayContaining(['spec.template.spec.containers[server].env[AZURE_FEDERATED_TOKEN_FILE]']),
  })
  expect(controller).toMatchObject({
    step: 'StatefulSet prod-argocd-application-controller',
    fields: expect.arrayContaining([
      'spec.template.spec.containers[application-controller].env[AZURE_FEDERATED_TOKEN_FILE]',
    ]),
  })
  await stage.matches('helm.md', hub)
})
