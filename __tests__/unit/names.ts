import type { ManagedCluster, ManagedIdentity } from '../../src/azure/azure.ts'
import { AzureCloud } from '../../src/azure/cloud.ts'
import { managedClusters, resourceId, userAssignedIdentities } from '../../src/azure/resource-id.ts'

export const subscription = '11111111-1111-1111-1111-111111111111'
export const tenant = '22222222-2222-2222-2222-222222222222'
export const otherTenant = '33333333-3333-3333-3333-333333333333'

export const hub = resourceId(managedClusters, subscription, 'argocd-rg', 'argocd-aks')
export const otherHub = resourceId(managedClusters, subscription, 'ops-rg', 'ops-aks')
export const target = resourceId(managedClusters, subscription, 'dev-rg', 'devworkloadaks1')
export const identity = resourceId(userAssignedIdentities, subscription, 'argocd-rg', 'argocd-workload-identity')

export const issuer = `https://westeurope.oic.prod-aks.azure.com/${tenant}/44444444-4444-4444-4444-444444444444/`
export const oldIssuer = `https://westeurope.oic.prod-aks.azure.com/${tenant}/55555555-5555-5555-5555-555555555555/`
export const audience = AzureCloud.exchangeAudience
export const server = 'https://dev-abcdxyz.privatelink.westeurope.azmk8s.io:443'
/** `-----BEGIN CERTIFICATE-----`, base64; nothing here opens it. */
export const certificateAuthority = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64')

/** The identity as Azure returns it, with an id in Azure's own case. */
export const managedIdentity: ManagedIdentity = {
  id: identity.id.replace('resourceGroups', 'resourcegroups'),
  clientId: '66666666-6666-6666-6666-666666666666',
  principalId: '77777777-7777-7777-7777-777777777777',
  tenantId: tenant,
  location: 'westeurope',
  tags: {},
}

/** An AKS cluster as it is found, with Entra and with its OIDC issuer on. */
export const aksCluster = (name: string, but: Partial<ManagedCluster> = {}): ManagedCluster => ({
  id: resourceId(managedClusters, subscription, 'rg', name).id,
  name,
  location: 'westeurope',
  tags: {},
  etag: 'etag-1',
  provisioningState: 'Succeeded',
  powerState: 'Running',
  issuerUrl: issuer,
  workloadIdentity: true,
  runCommandDisabled: false,
  entra: { tenantId: tenant, azureRbac: false },
  privateFqdn: undefined,
  publicFqdn: undefined,
  model: { location: 'westeurope' },
  ...but,
})
