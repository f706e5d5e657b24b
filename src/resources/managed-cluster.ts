import type { ManagedCluster } from '../azure/azure.ts'
import type { ManagedClusterId } from '../azure/resource-id.ts'
import { parseResourceId } from '../azure/resource-id.ts'
import type { Action, Change, Permission } from '../plan.ts'

/** `Updating`, `Upgrading`, `Starting` and their like: an operation runs, and a PUT would be refused with 409. */
const IN_MOTION = /ing$/

/**
 * The hub's OIDC issuer is on. Where it has to be switched on, workload identity comes with it, in the one restart.
 * https://learn.microsoft.com/azure/aks/use-oidc-issuer
 */
export function managedCluster(id: ManagedClusterId, cluster: ManagedCluster): Action {
  const changes: Change[] = cluster.issuerUrl
    ? []
    : [
        { field: 'oidcIssuerProfile.enabled', from: false, to: true },
        ...(cluster.workloadIdentity
          ? []
          : [{ field: 'securityProfile.workloadIdentity.enabled', from: false, to: true }]),
      ]
  const unchanged = changes.length === 0
  const { model } = cluster
  const body = {
    ...model,
    oidcIssuerProfile: { ...model.oidcIssuerProfile, enabled: true },
    securityProfile: { ...model.securityProfile, workloadIdentity: { enabled: true } },
  }
  return {
    id: `AKS cluster ${id.name}`,
    kind: unchanged ? 'unchanged' : 'update',
    changes,
    writes: unchanged
      ? []
      : [
          {
            at: 'azure',
            verb: 'put',
            type: 'managedClusters',
            id,
            body,
            ...(cluster.etag ? { ifMatch: cluster.etag } : {}),
            busy: IN_MOTION.test(cluster.provisioningState),
          },
        ],
    needs: [],
    permissions: unchanged ? [] : permissionsToUpdate(id, cluster),
    found: { issuerUrl: cluster.issuerUrl },
    ...(unchanged
      ? {}
      : { note: 'the API server restarts for some minutes, and the issuer cannot be switched off again' }),
  }
}

/** A PUT also asks for the right to assign every identity that the body names (LinkedAuthorizationFailed otherwise). */
function permissionsToUpdate(id: ManagedClusterId, { model }: ManagedCluster): Permission[] {
  const assigned = Object.keys(model.identity?.userAssignedIdentities ?? {}).map(parseResourceId)
  return [
    { at: 'azure', scope: id, action: 'Microsoft.ContainerService/managedClusters/write' },
    ...assigned
      .filter(scope => scope !== undefined)
      .map(scope => ({
        at: 'azure' as const,
        scope,
        action: 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
      })),
  ]
}
