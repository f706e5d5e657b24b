import { describe, expect, test } from 'vitest'
import { managedCluster } from '../../../src/resources/managed-cluster.ts'
import { aksCluster, hub, identity, issuer, subscription } from '../names.ts'
import { fields, permissions } from '../steps.ts'

const off = aksCluster('argocd-aks', { issuerUrl: undefined, workloadIdentity: false })

test.each([
  ['its issuer is on', aksCluster('argocd-aks')],
  [
    'workload identity is off, which a projected token does not need',
    aksCluster('argocd-aks', { workloadIdentity: false }),
  ],
  ['another operation runs', aksCluster('argocd-aks', { provisioningState: 'Upgrading' })],
])('a cluster is left as it is where %s', (_why, cluster) => {
  const { kind, writes, permissions, found } = managedCluster(hub, cluster)
  expect({ kind, writes, permissions, found }).toEqual({
    kind: 'unchanged',
    writes: [],
    permissions: [],
    found: { issuerUrl: issuer },
  })
})

describe('a cluster whose issuer is off', () => {
  test('gets it in one write with workload identity, and says beforehand what that means', () => {
    const action = managedCluster(hub, off)
    expect(action.kind).toBe('update')
    expect(fields(action)).toEqual(['oidcIssuerProfile.enabled', 'securityProfile.workloadIdentity.enabled'])
    expect(action.note).toBe('the API server restarts for some minutes, and the issuer cannot be switched off again')
    expect(action.found).toEqual({})
  })

  test('names no change to workload identity that is on already', () => {
    expect(fields(managedCluster(hub, { ...off, workloadIdentity: true }))).toEqual(['oidcIssuerProfile.enabled'])
  })

  test('is sent back whole, as it was read', () => {
    const model = {
      location: 'westeurope',
      tags: { later: 'a tag' },
      dnsPrefix: 'x',
      oidcIssuerProfile: { enabled: false },
      securityProfile: { imageCleaner: { enabled: true }, workloadIdentity: { enabled: false } },
    }
    expect(managedCluster(hub, { ...off, model }).writes).toEqual([
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
    expect(managedCluster(hub, { ...off, etag: undefined }).writes[0]).not.toHaveProperty('ifMatch')
  })

  test.each([
    ['Succeeded', false],
    ['Failed', false],
    ['Canceled', false],
    ['Updating', true],
    ['Upgrading', true],
    ['Starting', true],
  ])('in state %s is waited for: %s', (provisioningState, busy) => {
    expect(managedCluster(hub, { ...off, provisioningState }).writes).toMatchObject([{ busy }])
  })

  test('takes rights on all that it refers to', () => {
    const subnet = (name: string) =>
      `/subscriptions/${subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/${name}`
    const model = {
      location: 'westeurope',
      identity: { type: 'UserAssigned' as const, userAssignedIdentities: { [identity.id]: {} } },
      agentPoolProfiles: [
        { name: 'a', vnetSubnetID: subnet('nodes') },
        { name: 'b', vnetSubnetID: subnet('nodes') },
        { name: 'c' },
      ],
      apiServerAccessProfile: { subnetId: subnet('api') },
    }
    const action = managedCluster(hub, { ...off, model })
    expect(permissions(action)).toEqual([
      `Microsoft.ContainerService/managedClusters/write at ${hub.id}`,
      `Microsoft.ManagedIdentity/userAssignedIdentities/assign/action at ${identity.id}`,
      `Microsoft.Network/virtualNetworks/subnets/join/action at ${subnet('nodes')}`,
      `Microsoft.Network/virtualNetworks/subnets/join/action at ${subnet('api')}`,
    ])
    expect(action.permissions).toMatchObject(Array(4).fill({ scope: { subscriptionId: subscription } }))
  })
})
