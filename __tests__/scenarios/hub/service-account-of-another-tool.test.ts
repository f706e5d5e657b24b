import { expect, test } from 'vitest'
import { install } from '../../../sandbox/kubernetes/install.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

test('A service account that Terraform made is annotated, and stays Terraform’s', async () => {
  const world = worlds['first-light']!()
  const metadata = { name: 'svc-argocd-aks', namespace: 'argocd', labels: { owner: 'platform' } }
  install(clusterOf(world, hub), world, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }], {
    manager: 'Terraform',
    operation: 'Update',
  })
  const stage = await enter(world)

  const prepared = await stage.succeeds({ ...prepareHub, 'service-account': 'svc-argocd-aks' })

  const account = planOf(prepared.run).find(({ step }) => step === 'ServiceAccount argocd/svc-argocd-aks')
  expect(account).toMatchObject({
    action: 'update',
    fields: [
      "metadata.annotations['azure.workload.identity/client-id']",
      "metadata.annotations['azure.workload.identity/tenant-id']",
    ],
  })
  const objects = await stage.sandbox.objects(hub)
  expect(
    objects.find(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === 'svc-argocd-aks'),
  ).toMatchObject({
    metadata: { labels: { owner: 'platform' } },
  })
})

test('Where it stands for another identity, the run stops and says who wrote that', async () => {
  const world = worlds['first-light']!()
  const annotations = { 'azure.workload.identity/client-id': '99999999-9999-4999-a999-999999999999' }
  const metadata = { name: 'svc-argocd-aks', namespace: 'argocd', annotations }
  install(clusterOf(world, hub), world, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }], {
    manager: 'Terraform',
    operation: 'Update',
  })
  const stage = await enter(world)

  expect(await stage.refuses({ ...prepareHub, 'service-account': 'svc-argocd-aks' })).toBe(
    'ServiceAccount argocd/svc-argocd-aks has "<id>" in metadata.annotations[\'azure.workload.identity/client-id\'], ' +
      'and one that is known after apply is needed: the value was set by Terraform, and what others wrote is never overwritten. ' +
      "Change or remove metadata.annotations['azure.workload.identity/client-id'] where Terraform takes it from, then run again.",
  )
})
