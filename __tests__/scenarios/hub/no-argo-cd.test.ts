import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, prepareHub } from '../../driver/story.ts'

const elsewhere = { ...prepareHub, 'argocd-namespace': 'gitops' }
const lookedFor =
  'No Argo CD was found in namespace gitops of argocd-aks: no container of a Deployment or StatefulSet there runs argocd-server or ' +
  'argocd-application-controller; there is no workload at all'

test('Where no Argo CD is, the run says what it looked for, and in which namespace it saw one', async () => {
  const stage = await enter(worlds['first-light']!())

  expect(await stage.refuses(elsewhere)).toBe(
    `${lookedFor}, and an Argo CD in namespace argocd. Set argocd-namespace: argocd, if that is the one.`,
  )
})

test('Where there is none at all, it says so', async () => {
  const stage = await enter(worlds['first-light']!())
  for (const path of ['deployments/argocd-server', 'statefulsets/argocd-application-controller'])
    await stage.sandbox.administer(hub, 'DELETE', `/apis/apps/v1/namespaces/argocd/${path}`)

  expect(await stage.refuses(elsewhere)).toBe(
    `${lookedFor}. Install Argo CD first, or name its namespace with the input argocd-namespace.`,
  )
})
