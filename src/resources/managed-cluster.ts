import type { ManagedCluster } from '../azure/azure.ts'
import { type ManagedClusterId, type Scope, scopeOf } from '../azure/resource-id.ts'
import { type Action, type Permission, unchanged } from '../plan.ts'

/** `Updating`, `Upgrading`, `Starting` and their like: an operation runs, and a PUT would be refused with 409. */
const IN_MOTION = /ing$/

/** Names the action in other actions' `needs`. */
export const clusterAction = ({ name }: ManagedClusterId): string => `AKS cluster ${name}`

/**
 * The hub's OIDC issuer is on. Where it has to be switched on, workload identity comes with it, in the one restart.
 * https://learn.microsoft.com/azure/aks/use-oidc-issuer
 */
export function managedCluster(id: ManagedClusterId, cluster: ManagedCluster): Action {
  const { issuerUrl, workloadIdentity, model, etag, provisioningState } = cluster
  if (issuerUrl) return unchanged(clusterAction(id), { issuerUrl })
  return {
    id: clusterAction(id),
    kind: 'update',
    changes: [
      { field: 'oidcIssuerProfile.enabled', from: false, to: true },
      ...(workloadIdentity ? [] : [{ field: 'securityProfile.workloadIdentity.enabled', from: false, to: true }]),
    ],
    writes: [
      {
        at: 'azure',
        verb: 'put',
        type: 'managedClusters',
        id,
        body: {
          ...model,
          oidcIssuerProfile: { ...model.oidcIssuerProfile, enabled: true },
          securityProfile: { ...model.securityProfile, workloadIdentity: { enabled: true } },
        },
        ...(etag ? { ifMatch: etag } : {}),
        busy: IN_MOTION.test(provisioningState),
      },
    ],
    needs: [],
    permissions: permissionsToUpdate(id, cluster),
    found: {},
    note: 'the API server restarts for some minutes, and the issuer cannot be switched off again',
  }
}

/** A PUT also asks for rights on the identities and subnets that the body names (LinkedAuthorizationFailed otherwise). */
function permissionsToUpdate(id: ManagedClusterId, { model }: ManagedCluster): Permission[] {
  const pools = model.agentPoolProfiles ?? []
  const subnets = [...pools.map(({ vnetSubnetID }) => vnetSubnetID), model.apiServerAccessProfile?.subnetId]
  const to = (action: string, scope: Scope): Permission => ({ at: 'azure', scope, action })
  return [
    to('Microsoft.ContainerService/managedClusters/write', id),
    ...Object.keys(model.identity?.userAssignedIdentities ?? {}).map(identity =>
      to('Microsoft.ManagedIdentity/userAssignedIdentities/assign/action', scopeOf(identity)),
    ),
    ...[...new Set(subnets)]
      .filter(subnet => subnet !== undefined)
      .map(subnet => to('Microsoft.Network/virtualNetworks/subnets/join/action', scopeOf(subnet))),
  ]
}
