import { describe, expect, test } from 'vitest'
import type { ManagedCluster } from '../../../src/azure/azure.ts'
import { managedCluster, type WantedCluster } from '../../../src/resources/managed-cluster.ts'
import { aksCluster, hub, identity, issuer, subscription } from '../names.ts'
import { fields, permissions } from '../steps.ts'

const off = aksCluster('argocd-aks', { issuerUrl: undefined, workloadIdentity: false })

const plain: WantedCluster = { webhook: false }
const plan = (cluster: ManagedCluster, wanted: Partial<WantedCluster> = {}) =>
  managedCluster(hub, cluster, { ...plain, ...wanted })
const assigned = { controlPlane: { identity, exists: true, action: 'managed identity x' } }

/** A cluster whose control plane is these identities. */
const runBy = (...ids: string[]) => ({
  location: 'westeurope',
  identity: { type: 'UserAssigned' as const, userAssignedIdentities: Object.fromEntries(ids.map(id => [id, {}])) },
})

test.each<[why: string, cluster: ManagedCluster, wanted: Partial<WantedCluster>, note?: string]>([
  ['its issuer is on', aksCluster('argocd-aks'), {}],
  [
    'workload identity is off, which a projected token does not need',
    aksCluster('argocd-aks', { workloadIdentity: false }),
    {},
  ],
  ['the webhook is wanted, and is on', aksCluster('argocd-aks'), { webhook: true }],
  ['another operation runs', aksCluster('argocd-aks', { provisioningState: 'Upgrading', underWay: 'Upgrading' }), {}],
  [
    'the identity is its control plane already, in the case of another day',
    aksCluster('argocd-aks', { model: runBy(identity.id.toUpperCase()) }),
    assigned,
  ],
  [
    'the last operation on it failed, which is said',
    aksCluster('argocd-aks', { provisioningState: 'Failed' }),
    {},
    'the last operation on the cluster failed, which is left to whoever began it',
  ],
])('a cluster is left as it is where %s', (_why, cluster, wanted, expectedNote) => {
  const { action, refusals, warnings } = plan(cluster, wanted)
  const { kind, writes, permissions, found, note } = action
  expect({ kind, writes, permissions, found, note }).toEqual({
    kind: 'unchanged',
    writes: [],
    permissions: [],
    found: { issuerUrl: issuer },
    note: expectedNote,
  })
  expect([...refusals, ...warnings]).toEqual([])
})

describe('a cluster whose issuer is on and whose webhook is wanted', () => {
  const withoutWebhook = aksCluster('argocd-aks', { workloadIdentity: false })

  test('gets workload identity alone, and keeps its URL', () => {
    const { action, warnings } = plan(withoutWebhook, { webhook: true })
    expect(fields(action)).toEqual(['securityProfile.workloadIdentity.enabled'])
    expect(action.found).toEqual({ issuerUrl: issuer })
    expect(action.note).toBe('AKS installs the workload-identity webhook')
    expect(warnings).toEqual([])
  })
})

describe('a cluster that is to be run by the identity of Argo CD', () => {
  const subnet = `/subscriptions/${subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes`
  const model = {
    location: 'westeurope',
    identity: { type: 'SystemAssigned' as const },
    agentPoolProfiles: [{ name: 'a', vnetSubnetID: subnet }],
  }

  test('has its identity replaced after that is made, and hears beforehand what it loses', () => {
    const { action, refusals, warnings } = plan(aksCluster('argocd-aks', { model }), assigned)
    expect(action.changes).toEqual([
      { field: 'identity.type', from: 'SystemAssigned', to: 'UserAssigned' },
      { field: `identity.userAssignedIdentities['${identity.id}']`, from: undefined, to: {} },
    ])
    expect(action.writes).toMatchObject([
      { body: { ...model, identity: { type: 'UserAssigned', userAssignedIdentities: { [identity.id]: {} } } } },
    ])
    expect(action.needs).toEqual(['managed identity x'])
    expect(refusals).toEqual([])
    expect(warnings).toEqual([
      {
        what: 'The control plane of AKS cluster argocd-aks becomes argocd-workload-identity in place of its system-assigned one',
        why: `roles that only the old one holds are not passed on (here on ${subnet}), nor on route tables, disks, addresses and registries; the old one may stay in use for hours`,
        remedy:
          'Grant argocd-workload-identity those roles first; from now on every update of the cluster takes the right to assign it',
      },
    ])
  })

  test('is switched on in the same write', () => {
    const { action, warnings } = plan({ ...off, model }, assigned)
    expect(fields(action).slice(0, 3)).toEqual([
      'oidcIssuerProfile.enabled',
      'securityProfile.workloadIdentity.enabled',
      'identity.type',
    ])
    expect(action.writes).toHaveLength(1)
    expect(warnings).toHaveLength(2)
  })

  test('whose service principal goes is told of its nodes', () => {
    const { warnings } = plan(
      aksCluster('argocd-aks', { model: { location: 'westeurope', servicePrincipalProfile: { clientId: 'x' } } }),
      assigned,
    )
    expect(warnings[0]!.what).toMatch(
      /in place of its service principal, which its nodes keep until they are upgraded$/,
    )
  })

  test('is refused where another user-assigned identity would have to go', () => {
    const other = identity.id.replace(identity.name, 'other')
    const { refusals, warnings } = plan(aksCluster('argocd-aks', { model: runBy(other) }), assigned)
    expect(refusals).toEqual([
      {
        what: `The control plane of AKS cluster argocd-aks is another user-assigned identity already, ${other}`,
        why: 'with assign-identity it would be argocd-workload-identity in its place, without the roles that the other one holds',
        remedy: 'Leave assign-identity out: Argo CD signs in to other clusters without it',
      },
    ])
    expect(warnings).toEqual([])
  })

  test.each([
    ['the identity, where it is there', true, identity.id],
    ['its resource group, where it is not', false, `/subscriptions/${subscription}/resourceGroups/argocd-rg`],
  ])('takes the right to assign it at %s', (_where, exists, scope) => {
    const controlPlane = { ...assigned.controlPlane, exists }
    expect(permissions(plan(aksCluster('argocd-aks', { model }), { controlPlane }).action)).toContain(
      `Microsoft.ManagedIdentity/userAssignedIdentities/assign/action at ${scope}`,
    )
  })
})

test.each(['Failed', 'Canceled'])(
  'an update of a cluster whose last operation ended as %s says that AKS tries that again',
  provisioningState => {
    expect(plan({ ...off, provisioningState }).action.note).toBe(
      'AKS installs the workload-identity webhook; the last operation on the cluster failed; with this update AKS tries again what that left undone',
    )
  },
)

describe('a cluster whose issuer is off', () => {
  test('gets it in one write with workload identity, and says beforehand what that means', () => {
    const { action, warnings } = plan(off)
    expect(action.kind).toBe('update')
    expect(fields(action)).toEqual(['oidcIssuerProfile.enabled', 'securityProfile.workloadIdentity.enabled'])
    expect(warnings).toEqual([
      {
        what: 'AKS cluster argocd-aks gets an OIDC issuer',
        why: 'its API server restarts for some minutes, and the issuer cannot be switched off again',
        remedy:
          'Choose a time for it; pods that use tokens of their service account outside the cluster may need a restart',
      },
    ])
    expect(action.found).toEqual({})
  })

  test('names no change to workload identity that is on already', () => {
    expect(fields(plan({ ...off, workloadIdentity: true }).action)).toEqual(['oidcIssuerProfile.enabled'])
  })

  test('is sent back whole, as it was read', () => {
    const model = {
      location: 'westeurope',
      tags: { later: 'a tag' },
      dnsPrefix: 'x',
      oidcIssuerProfile: { enabled: false },
      securityProfile: { imageCleaner: { enabled: true }, workloadIdentity: { enabled: false } },
    }
    expect(plan({ ...off, model }).action.writes).toEqual([
      {
        at: 'azure',
        verb: 'put',
        type: 'managedClusters',
        id: hub,
        ifMatch: 'etag-1',
        busy: false,
        body: {
          ...model,
          oidcIssuerProfile: { enabled: true },
          securityProfile: { imageCleaner: { enabled: true }, workloadIdentity: { enabled: true } },
        },
      },
    ])
  })

  test('is written without a condition where Azure gave no etag', () => {
    expect(plan({ ...off, etag: undefined }).action.writes[0]).not.toHaveProperty('ifMatch')
  })

  test('waits first for another operation, and says for which', () => {
    const { writes, note } = plan({ ...off, underWay: 'Upgrading' }).action
    expect(writes).toMatchObject([{ busy: true }])
    expect(note).toMatch(/^waits for the end of another operation: Upgrading; /)
  })

  test('takes rights on all that it refers to', () => {
    const subnet = (name: string) =>
      `/subscriptions/${subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/${name}`
    const workspace = `/subscriptions/${subscription}/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/w`
    const model = {
      location: 'westeurope',
      identity: { type: 'UserAssigned' as const, userAssignedIdentities: { [identity.id]: {} } },
      agentPoolProfiles: [
        { name: 'a', vnetSubnetID: subnet('nodes') },
        { name: 'b', vnetSubnetID: subnet('nodes') },
        { name: 'c', podSubnetID: subnet('pods') },
      ],
      addonProfiles: { omsagent: { enabled: true, config: { logAnalyticsWorkspaceResourceID: workspace } } },
      apiServerAccessProfile: { subnetId: subnet('api') },
    }
    const { action } = plan({ ...off, model })
    expect(permissions(action)).toEqual([
      `Microsoft.ContainerService/managedClusters/write at ${hub.id}`,
      `Microsoft.ManagedIdentity/userAssignedIdentities/assign/action at ${identity.id}`,
      `Microsoft.Network/virtualNetworks/subnets/join/action at ${subnet('nodes')}`,
      `Microsoft.Network/virtualNetworks/subnets/join/action at ${subnet('pods')}`,
      `Microsoft.Network/virtualNetworks/subnets/join/action at ${subnet('api')}`,
      `Microsoft.OperationalInsights/workspaces/sharedkeys/read at ${workspace}`,
    ])
    expect(action.permissions).toMatchObject(Array(6).fill({ scope: { subscriptionId: subscription } }))
  })
})
