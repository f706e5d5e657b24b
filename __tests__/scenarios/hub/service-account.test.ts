import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

test('One dedicated service account for both workloads, where the input names one', async () => {
  const stage = await enter(worlds['first-light']!())

  const prepared = await stage.succeeds({ ...prepareHub, 'service-account': 'svc-argocd-aks' })

  const objects = await stage.sandbox.objects(hub)
  const accounts = objects
    .filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind))
    .map(({ metadata, spec }) => [metadata.name, (spec as Workload).template.spec.serviceAccountName])
  expect(Object.fromEntries(accounts)).toEqual({
    'argocd-server': 'svc-argocd-aks',
    'argocd-application-controller': 'svc-argocd-aks',
    'argocd-repo-server': 'argocd-repo-server',
    'argocd-applicationset-controller': 'argocd-applicationset-controller',
  })
  const binding = objects.find(({ metadata }) => metadata.name.startsWith('argo-aks-onboard-svc-argocd-aks-'))
  expect(binding).toMatchObject({
    kind: 'ClusterRoleBinding',
    roleRef: { name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'svc-argocd-aks', namespace: 'argocd' }],
  })
  const credentials = planOf(prepared.run).filter(({ step }) => step.startsWith('federated credential'))
  expect(credentials).toHaveLength(1)
  await stage.matches('service-account.md', prepared)
})

interface Workload {
  template: { spec: { serviceAccountName: string } }
}
