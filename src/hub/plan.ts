import type { ArgoCdWorkload } from '../argocd/workloads.ts'
import type { Cloud } from '../azure/cloud.ts'
import type { HubInputs } from '../inputs.ts'
import { fingerprint } from '../mark.ts'
import { later, type Plan, unchanged } from '../plan.ts'
import { credentialsOfOwner, federatedCredentials, type Subject } from '../resources/federated-credential.ts'
import { clusterAction, managedCluster } from '../resources/managed-cluster.ts'
import { identityAction, managedIdentity } from '../resources/managed-identity.ts'
import { type Grant, roleBinding } from '../resources/role-binding.ts'
import { serviceAccount, serviceAccountAction } from '../resources/service-account.ts'
import { workload } from '../resources/workload.ts'
import { affectedClusters } from './consequences.ts'
import { asItLasts, versionGate } from './installation.ts'
import type { HubObservation } from './observe.ts'

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
    audience: cloud.exchangeAudience,
  }
  const credentials = inputs.identityIds
    ? { actions: credentialsOfOwner(trust), refusals: [] }
    : federatedCredentials(trust, seen.credentials, [cluster.id, identity.id])
  const account = dedicatedAccount(inputs, seen)
  const settings = { issuer, audience: cloud.exchangeAudience, serviceAccount: inputs.serviceAccount?.name }
  const before = [cluster.id, ...account.map(({ action }) => action.id)]
  const workloads = seen.workloads.map(found =>
    asItLasts(workload(found, seen.pods, settings, before), found, seen.consequences?.sync, inputs.allow),
  )
  const version = versionGate(inputs, seen.workloads)
  return {
    actions: [cluster, identity, ...credentials.actions, ...[...account, ...workloads].map(({ action }) => action)],
    refusals: [
      ...version.refusals,
      ...ofCluster.refusals,
      ...ofIdentity.refusals,
      ...credentials.refusals,
      ...[...account, ...workloads].flatMap(({ refusals }) => refusals),
    ],
    warnings: [
      ...version.warnings,
      ...ofCluster.warnings,
      ...affectedClusters(
        inputs,
        seen,
        workloads.map(({ action }) => action),
      ),
    ],
  }
}

/** The identity that Argo CD becomes; where the inputs tell who that is, it is somebody else's to look after. */
function argoCdIdentity(inputs: HubInputs, seen: HubObservation) {
  const { identity, identityIds, hubCluster: hub, tags } = inputs
  if (!identityIds) return managedIdentity(identity, seen.identity, { hub, location: seen.cluster.location, tags })
  const note = 'as the inputs say; nothing is asked of its provider'
  return { action: unchanged(identityAction(inputs), { ...seen.identity }, note), refusals: [] }
}

/** The account that the input `service-account` names, and what it may do on the hub in place of the accounts that it replaces. */
function dedicatedAccount(inputs: HubInputs, seen: HubObservation) {
  if (!inputs.serviceAccount) return []
  const { hubCluster, argocdNamespace: namespace } = inputs
  const { name, clusterRole } = inputs.serviceAccount
  const cluster = clusterAction(hubCluster)
  const identity = identityAction(inputs)
  const of = (field: 'clientId' | 'tenantId') => seen.identity?.[field] ?? later(identity, field)
  const annotated = { clientId: of('clientId'), tenantId: of('tenantId') }
  const account = serviceAccount(namespace, name, annotated, hubCluster.id, seen.serviceAccount, [cluster, identity])
  const grant: Grant = {
    at: 'hub',
    name: `argo-aks-onboard-${name}-${fingerprint(namespace, name)}`,
    clusterRole,
    subject: { kind: 'ServiceAccount', name, namespace },
    hub: hubCluster.id,
  }
  return [account, roleBinding(grant, seen.clusterRoleBindings, [cluster, serviceAccountAction(namespace, name)])]
}

/** The account that a workload runs under once the plan is carried out. */
export const accountOf = ({ serviceAccount }: HubInputs, found: ArgoCdWorkload): string =>
  serviceAccount?.name ?? found.serviceAccount

/** The accounts whose tokens the identity trusts. */
export function argoCdAccounts(inputs: HubInputs, { workloads }: HubObservation): Subject[] {
  const names = new Set(workloads.map(found => accountOf(inputs, found)))
  return [...names].map(serviceAccount => ({ namespace: inputs.argocdNamespace, serviceAccount }))
}
