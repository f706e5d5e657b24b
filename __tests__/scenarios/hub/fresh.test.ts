import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, planOf, prepareHub } from '../../driver/story.ts'

test('A cluster with Argo CD on which nothing has been done yet becomes a hub', async () => {
  const stage = await enter(worlds['first-light']!())

  const hub = await stage.succeeds(prepareHub)

  expect(planOf(hub.run).map(({ step, action }) => `${action} ${step}`)).toEqual([
    'update AKS cluster argocd-aks',
    'create managed identity argocd-workload-identity',
    expect.stringMatching(/^create federated credential argocd-server-[\da-f]{10}$/),
    expect.stringMatching(/^create federated credential argocd-application-controller-[\da-f]{10}$/),
    'update Deployment argocd-server',
    'update StatefulSet argocd-application-controller',
  ])
  await stage.matches('fresh.md', hub)
})
