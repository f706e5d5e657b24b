import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, edit, remove } from '../../driver/another-hand.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

const dedicated = { ...prepareHub, 'service-account': 'svc-argocd-aks' }
const path = '/api/v1/namespaces/argocd/serviceaccounts/svc-argocd-aks'
const client = "metadata.annotations['azure.workload.identity/client-id']"
const tenant = "metadata.annotations['azure.workload.identity/tenant-id']"
const hubId = "metadata.annotations['argo-aks-onboard/hub']"

/** What somebody changes in our service account, and the fields that the plan then repairs. */
const drifts: [what: string, change: (account: Editable) => void, fields: string[]][] = [
  [
    'another client',
    ({ metadata }) => Object.assign(metadata.annotations, { 'azure.workload.identity/client-id': 'x' }),
    [client],
  ],
  [
    'another tenant',
    ({ metadata }) => Object.assign(metadata.annotations, { 'azure.workload.identity/tenant-id': 'x' }),
    [tenant],
  ],
  ['another hub', ({ metadata }) => Object.assign(metadata.annotations, { 'argo-aks-onboard/hub': '/x' }), [hubId]],
  [
    'no annotations',
    ({ metadata }) => {
      delete metadata.annotations
    },
    [client, tenant, hubId],
  ],
]

test('Our dedicated service account is set right, whatever another hand did to it', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.run(dedicated)
  await edit(stage.sandbox, hub, path, ({ metadata }) => {
    metadata.labels.owner = 'platform'
  })
  const right = await picture(stage.sandbox)

  for (const [what, change, fields] of drifts) {
    await edit(stage.sandbox, hub, path, change)
    const repaired = await stage.achieves({ ...dedicated, verify: 'false' })
    expect(planOf(repaired.run), what).toEqual([
      { step: 'ServiceAccount argocd/svc-argocd-aks', action: 'update', fields },
    ])
    expect(difference(right, await picture(stage.sandbox)), what).toEqual([])
  }

  await remove(stage.sandbox, hub, path)
  const madeAgain = await stage.achieves({ ...dedicated, verify: 'false' })
  expect(planOf(madeAgain.run)).toMatchObject([{ step: 'ServiceAccount argocd/svc-argocd-aks', action: 'create' }])
})
