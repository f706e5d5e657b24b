import type { ManagedCluster } from '../azure/azure.ts'
import {
  type IdentityId,
  type ManagedClusterId,
  resourceGroupOf,
  type Scope,
  sameResource,
  scopeOf,
} from '../azure/resource-id.ts'
import type { Explanation } from '../failure.ts'
import { type Action, type Change, type Permission, type Refusal, unchanged } from '../plan.ts'

/** What is wanted of the hub beside its OIDC issuer. */
export interface WantedCluster {
  /** Pods get their token by the workload-identity webhook, which AKS installs where workload identity is on. */
  webhook: boolean
  /** The identity that is to be the control plane's as well, where that is asked for, and the action that makes it. */
  controlPlane?: { identity: IdentityId; exists: boolean; action: string }
}

/** Names the action in other actions' `needs`. */
export const clusterAction = ({ name }: ManagedClusterId): string => `AKS cluster ${name}`

/**
 * The hub's OIDC issuer is on. Where it has to be switched on, workload identity comes with it, in the one restart; all that is wanted
 * is one PUT. https://learn.microsoft.com/azure/aks/use-oidc-issuer
 */
export function managedCluster(
  id: ManagedClusterId,
  cluster: ManagedCluster,
  wanted: WantedCluster,
): { action: Action; refusals: Refusal[]; warnings: Explanation[] } {
  const { issuerUrl, workloadIdentity, model, etag, underWay } = cluster
  const issuer = issuerUrl === undefined
  const webhook = !workloadIdentity && (issuer || wanted.webhook)
  const identity = newControlPlane(cluster, wanted)
  const found = issuerUrl ? { issuerUrl } : {}
  if (!issuer && !webhook && !identity) {
    return { action: unchanged(clusterAction(id), found, noteOnFailure(cluster)), refusals: [], warnings: [] }
  }
  const refusals = identity ? otherIdentities(id, cluster, identity) : []
  const changes: Change[] = [
    ...(issuer ? [{ field: 'oidcIssuerProfile.enabled', from: false, to: true }] : []),
    ...(webhook ? [{ field: 'securityProfile.workloadIdentity.enabled', from: false, to: true }] : []),
    ...(identity ? identityChanges(cluster, identity) : []),
  ]
  const note = [
    ...(underWay ? [`waits for the end of another operation: ${underWay}`] : []),
    ...(webhook ? ['AKS installs the workload-identity webhook'] : []),
    ...(hasFailed(cluster) ? [RECONCILES] : []),
  ].join('; ')
  return {
    action: {
      ...unchanged(clusterAction(id), found, note),
      kind: 'update',
      changes,
      writes: [
        {
          at: 'azure',
          verb: 'put',
          type: 'managedClusters',
          id,
          body: {
            ...model,
            ...(issuer && { oidcIssuerProfile: { ...model.oidcIssuerProfile, enabled: true } }),
            ...(webhook && { securityProfile: { ...model.securityProfile, workloadIdentity: { enabled: true } } }),
            ...(identity && { identity: { type: 'UserAssigned', userAssignedIdentities: { [identity.id]: {} } } }),
          },
          ...(etag ? { ifMatch: etag } : {}),
          busy: underWay !== undefined,
        },
      ],
      needs: identity ? [wanted.controlPlane!.action] : [],
      permissions: permissionsToUpdate(id, cluster, wanted.controlPlane),
    },
    refusals,
    warnings: [
      ...(issuer ? [issuerForGood(id)] : []),
      ...(identity && refusals.length === 0 ? [otherControlPlane(id, cluster, identity)] : []),
    ],
  }
}

/** An operation that failed leaves a cluster that works, more or less; any PUT makes AKS try all of it again. */
const RECONCILES = 'the last operation on the cluster failed; with this update AKS tries again what that left undone'

const hasFailed = ({ provisioningState }: ManagedCluster): boolean => /^(Failed|Canceled)$/.test(provisioningState)

const noteOnFailure = (cluster: ManagedCluster): string | undefined =>
  hasFailed(cluster) ? 'the last operation on the cluster failed, which is left to whoever began it' : undefined

const issuerForGood = ({ name }: ManagedClusterId): Explanation => ({
  what: `AKS cluster ${name} gets an OIDC issuer`,
  why: 'its API server restarts for some minutes, and the issuer cannot be switched off again',
  remedy: 'Choose a time for it; pods that use tokens of their service account outside the cluster may need a restart',
})

/** The identity that the control plane does not have yet. */
function newControlPlane(cluster: ManagedCluster, { controlPlane }: WantedCluster): IdentityId | undefined {
  const isAssigned = (identity: IdentityId) => identitiesOf(cluster).some(other => sameResource(other, identity.id))
  return controlPlane && !isAssigned(controlPlane.identity) ? controlPlane.identity : undefined
}

const identitiesOf = ({ model }: ManagedCluster): string[] => Object.keys(model.identity?.userAssignedIdentities ?? {})

/** The map is replaced as a whole: AKS knows one control-plane identity. */
const identityChanges = ({ model }: ManagedCluster, { id }: IdentityId): Change[] => [
  ...(model.identity?.type === 'UserAssigned'
    ? []
    : [{ field: 'identity.type', from: model.identity?.type, to: 'UserAssigned' }]),
  { field: `identity.userAssignedIdentities['${id}']`, from: undefined, to: {} },
]

/** https://learn.microsoft.com/azure/aks/use-managed-identity#update-an-existing-cluster-to-use-a-user-assigned-managed-identity */
function otherIdentities({ name }: ManagedClusterId, cluster: ManagedCluster, wanted: IdentityId): Refusal[] {
  const others = identitiesOf(cluster)
  return others.length === 0
    ? []
    : [
        {
          what: `The control plane of AKS cluster ${name} is another user-assigned identity already, ${others.join(', ')}`,
          why: `with assign-identity it would be ${wanted.name} in its place, without the roles that the other one holds`,
          remedy: 'Leave assign-identity out: Argo CD signs in to other clusters without it',
        },
      ]
}

function otherControlPlane({ name }: ManagedClusterId, cluster: ManagedCluster, identity: IdentityId): Explanation {
  const { model } = cluster
  const isPrincipal = (model.servicePrincipalProfile?.clientId ?? 'msi') !== 'msi'
  const zone = model.apiServerAccessProfile?.privateDNSZone ?? ''
  const known = [...subnetsOf(cluster), ...(zone.startsWith('/') ? [zone] : [])]
  const before = isPrincipal ? 'service principal, which its nodes keep until they are upgraded' : 'system-assigned one'
  return {
    what: `The control plane of AKS cluster ${name} becomes ${identity.name} in place of its ${before}`,
    why: `roles that only the old one holds are not passed on${known.length > 0 ? ` (here on ${known.join(', ')})` : ''}, nor on route tables, disks, addresses and registries; the old one may stay in use for hours`,
    remedy: `Grant ${identity.name} those roles first; from now on every update of the cluster takes the right to assign it`,
  }
}

const subnetsOf = ({ model }: ManagedCluster): string[] => {
  const pools = (model.agentPoolProfiles ?? []).flatMap(({ vnetSubnetID, podSubnetID }) => [vnetSubnetID, podSubnetID])
  const all = [...pools, model.apiServerAccessProfile?.subnetId]
  return [...new Set(all.filter(subnet => subnet !== undefined))]
}

/** A PUT also asks for rights on what the body refers to (LinkedAuthorizationFailed otherwise). */
function permissionsToUpdate(
  id: ManagedClusterId,
  cluster: ManagedCluster,
  controlPlane: WantedCluster['controlPlane'],
): Permission[] {
  const to = (action: string, scope: Scope): Permission => ({ at: 'azure', scope, action })
  const assign = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'
  const identities = controlPlane
    ? [controlPlane.exists ? controlPlane.identity : resourceGroupOf(controlPlane.identity)]
    : identitiesOf(cluster).map(scopeOf)
  // The monitoring addon fetches the key of its workspace.
  const { enabled, config } = cluster.model.addonProfiles?.omsagent ?? {}
  const workspace = enabled ? config?.logAnalyticsWorkspaceResourceID : undefined
  return [
    to('Microsoft.ContainerService/managedClusters/write', id),
    ...identities.map(identity => to(assign, identity)),
    ...subnetsOf(cluster).map(subnet => to('Microsoft.Network/virtualNetworks/subnets/join/action', scopeOf(subnet))),
    ...(workspace ? [to('Microsoft.OperationalInsights/workspaces/sharedkeys/read', scopeOf(workspace))] : []),
  ]
}
