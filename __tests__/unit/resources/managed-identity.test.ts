import { expect, test } from 'vitest'
import { managedIdentity } from '../../../src/resources/managed-identity.ts'
import * as names from '../names.ts'
import { permissions } from '../steps.ts'

test('an identity that exists is used as it is, wherever it lives and whoever made it', () => {
  const elsewhere = { ...names.managedIdentity, location: 'eastus', tags: { team: 'platform' } }
  const action = managedIdentity(names.identity, elsewhere, names.hub, 'westeurope')
  expect(action).toMatchObject({ id: 'managed identity argocd-workload-identity', kind: 'unchanged', writes: [] })
  expect(action.found).toEqual(elsewhere)
})

test("one that does not is made in the hub's region with our mark", () => {
  const action = managedIdentity(names.identity, undefined, names.hub, 'westeurope')
  expect(action).toMatchObject({
    kind: 'create',
    needs: [],
    changes: [
      { field: 'location', from: undefined, to: 'westeurope' },
      { field: 'tags.argo-aks-onboard', from: undefined, to: names.hub.id },
    ],
    writes: [
      {
        type: 'userAssignedIdentities',
        id: names.identity,
        body: { location: 'westeurope', tags: { 'argo-aks-onboard': names.hub.id } },
      },
    ],
  })
  expect(permissions(action)).toEqual([
    `Microsoft.ManagedIdentity/userAssignedIdentities/write at /subscriptions/${names.subscription}/resourceGroups/argocd-rg`,
  ])
})
