import type { Cloud } from '../azure/cloud.ts'
import type { HubInputs } from '../inputs.ts'
import { later, type Plan, unchanged } from '../plan.ts'
import { credentialsOfOwner, federatedCredentials } from '../resources/federated-credential.ts'
import { managedCluster } from '../resources/managed-cluster.ts'
import { identityAction, managedIdentity } from '../resources/managed-identity.ts'
import { affectedClusters } from './consequences.ts'
import { versionGate } from './installation.ts'
import type { HubObservation } from './observe.ts'
import { argoCdAccounts, planArgoCd, tokenWanted } from './plan-argo-cd.ts'

/**
 * What makes a hub of the cluster, in order: it issues tokens that Entra can check, there is an identity that trusts those of
 * Argo CD's service accounts, and Argo CD's pods hold such tokens.
 */
export function planHub(inputs: HubInputs, seen: HubObservation, cloud: Cloud): Plan {
  const { hubCluster, identity: identityId } = inputs
  const wanted = {
    webhook: inputs.tokenSource === 'webhook',
    ...(inputs.assignIdentity && {
      controlPlane: { identity: identityId, exists: seen.identity !== undefined, action: identityAction(inputs) },
    }),
  }
  const { action: cluster, ...ofCluster } = managedCluster(hubCluster, seen.cluster, wanted)
  const issuer = seen.cluster.issuerUrl ?? later(cluster.id, 'issuerUrl')
  const { action: identity, ...ofIdentity } = argoCdIdentity(inputs, seen)
  const trust = {
    identity: identityId,
    identityExists: seen.identity !== undefined,
    hub: hubCluster,
    subjects: argoCdAccounts(inputs, seen),
    issuer,
    audience: tokenWanted(inputs, seen.cluster, cloud).audience,
  }
  const credentials = inputs.identityIds
    ? { actions: credentialsOfOwner(trust), refusals: [] }
    : federatedCredentials(trust, seen.credentials, [cluster.id, identity.id])
  const version = versionGate(inputs, seen.workloads)
  const argoCd = planArgoCd(inputs, seen, issuer, cloud)
  return {
    actions: [cluster, identity, ...credentials.actions, ...argoCd.actions],
    refusals: [
      ...version.refusals,
      ...ofCluster.refusals,
      ...ofIdentity.refusals,
      ...credentials.refusals,
      ...argoCd.refusals,
    ],
    warnings: [...version.warnings, ...ofCluster.warnings, ...affectedClusters(inputs, seen, argoCd.actions)],
  }
}

/** The identity that Argo CD becomes; where the inputs tell who that is, it is somebody else's to look after. */
function argoCdIdentity(inputs: HubInputs, seen: HubObservation) {
  const { identity, identityIds, hubCluster: hub, tags } = inputs
  if (!identityIds) return managedIdentity(identity, seen.identity, { hub, location: seen.cluster.location, tags })
  const note = 'as the inputs say; nothing is asked of its provider'
  return { action: unchanged(identityAction(inputs), { ...seen.identity }, note), refusals: [] }
}
