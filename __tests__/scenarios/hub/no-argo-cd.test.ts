import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, prepareHub } from '../../driver/story.ts'

test('Where no Argo CD is, the run says what it found instead', async () => {
  const stage = await enter(worlds['first-light']!())

  expect(await stage.refuses({ ...prepareHub, 'argocd-namespace': 'gitops' })).toBe(
    'No Argo CD was found in namespace gitops of argocd-aks: no container there runs argocd-server or ' +
      'argocd-application-controller; there is no workload at all. ' +
      'Install Argo CD first, or name its namespace with the input argocd-namespace.',
  )
})
