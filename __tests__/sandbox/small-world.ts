import { issuer as githubIssuer } from '../../sandbox/github/workflow-job.ts'
import type { AksCluster, ManagedIdentity, World } from '../../sandbox/world.ts'

export const tenantId = '11111111-1111-4111-a111-111111111111'
export const deployer = '22222222-2222-4222-a222-222222222222'
export const argoCd = '33333333-3333-4333-a333-333333333333'
export const audience = 'api://AzureADTokenExchange'

/** A tenant with one application that GitHub may sign in as, one identity that Argo CD may become, and one cluster. */
export function smallWorld(): World {
  const resourceGroup = '/subscriptions/44444444-4444-4444-a444-444444444444/resourcegroups/argocd-rg'
  return {
    name: 'small',
    seed: 1,
    clockAhead: 0,
    cloud: 'public',
    tenantId,
    workflow: { repository: 'contoso/platform', subject: 'repo:contoso/platform:environment:production' },
    subscriptions: [{ id: '44444444-4444-4444-a444-444444444444', displayName: 'Contoso' }],
    resourceGroups: {},
    applications: [
      {
        displayName: 'deployer',
        clientId: deployer,
        objectId: '55555555-5555-4555-a555-555555555555',
        groups: ['66666666-6666-4666-a666-666666666666'],
        federatedCredentials: [
          {
            name: 'production',
            issuer: githubIssuer,
            subject: 'repo:contoso/platform:environment:production',
            audiences: [audience],
          },
        ],
      },
    ],
    identities: {
      [`${resourceGroup}/providers/microsoft.managedidentity/userassignedidentities/argocd`]: identity(resourceGroup),
    },
    roleAssignments: {},
    roleDefinitions: {},
    clusters: {
      [`${resourceGroup}/providers/microsoft.containerservice/managedclusters/hub`]: cluster(resourceGroup, 'hub'),
    },
    operations: {},
    commands: {},
    delays: { clusterOperation: 0, federatedCredential: 0, identity: 0, roleAssignment: 0, rollout: 0, runCommand: 0 },
  }
}

/** Another cluster for the same world. */
export function cluster(resourceGroup: string, name: string): AksCluster {
  return {
    arm: {
      id: `${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${name}`,
      name,
      type: 'Microsoft.ContainerService/ManagedClusters',
      location: 'westeurope',
      tags: {},
      eTag: 'a',
      sku: { name: 'Base', tier: 'Free' },
      identity: { type: 'SystemAssigned' },
      properties: {
        provisioningState: 'Succeeded',
        powerState: { code: 'Running' },
        kubernetesVersion: '1.34',
        currentKubernetesVersion: '1.34.2',
        fqdn: `${name}.hcp.westeurope.azmk8s.io`,
        privateFQDN: `${name}.privatelink.westeurope.azmk8s.io`,
        disableLocalAccounts: true,
        aadProfile: { managed: true, enableAzureRBAC: false, tenantID: tenantId },
        oidcIssuerProfile: { enabled: true, issuerURL: issuerOf(name) },
      },
    },
    issuerUrl: issuerOf(name),
    authority: { reported: name, served: name },
    kubernetes: { resourceVersion: 1, objects: {} },
    rollouts: {},
  }
}

/** Issuer URL of a cluster of this world. */
export const issuerOf = (name: string): string => `https://westeurope.oic.prod-aks.azure.com/${tenantId}/${name}/`

const identity = (resourceGroup: string): ManagedIdentity => ({
  id: `${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/argocd`,
  name: 'argocd',
  location: 'westeurope',
  tags: {},
  clientId: argoCd,
  principalId: '77777777-7777-4777-a777-777777777777',
  federatedCredentials: {
    server: {
      id: 'server',
      name: 'server',
      issuer: issuerOf('hub'),
      subject: 'system:serviceaccount:argocd:argocd-server',
      audiences: [audience],
    },
  },
})
