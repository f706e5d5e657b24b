import type { Cloud } from '../azure/cloud.ts'
import type { HubInputs } from '../inputs.ts'
import { fingerprint } from '../mark.ts'
import { later, type Plan } from '../plan.ts'
import { clusterRoleBinding } from '../resources/cluster-role-binding.ts'
import { federatedCredentials, type Subject } from '../resources/federated-credential.ts'
import { managedCluster } from '../resources/managed-cluster.ts'
import { identityAction, managedIdentity } from '../resources/managed-identity.ts'
import { serviceAccount, serviceAccountAction } from '../resources/service-account.ts'
import { workload } from '../resources/workload.ts'
import type { HubObservation } from './observe.ts'

/**
 * What makes a hub of the cluster, in order: it issues tokens that Entra can check, there is an identity that trusts those of
 * Argo CD's service accounts, and Argo CD's pods hold such tokens.
 */
export function planHub(inputs: HubInputs, seen: HubObservation, cloud: Cloud): Plan {
  const { hubCluster, argocdNamespace, identity: identityId } = inputs
  const cluster = managedCluster(hubCluster, seen.cluster)
  const issuer = seen.cluster.issuerUrl ?? later(cluster.id, 'issuerUrl')
  const identity = managedIdentity(identityId, seen.identity, hubCluster, seen.cluster.location)
  const trust = {
    identity: identityId,
    identityExists: seen.identity !== undefined,
    hub: hubCluster,
    subjects: argoCdAccounts(inputs, seen),
    issuer,
    audience: cloud.exchangeAudience,
  }
  const credentials = federatedCredentials(trust, seen.credentials, [cluster.id, identity.id])
  const account = dedicatedAccount(inputs, seen, cluster.id)
  const settings = { issuer, audience: cloud.exchangeAudience, serviceAccount: inputs.serviceAccount?.name }
  const before = [cluster.id, ...account.map(({ action }) => action.id)]
  const workloads = seen.workloads.map(found => workload(found, seen.pods, settings, before))
  return {
    actions: [cluster, identity, ...credentials.actions, ...[...account, ...workloads].map(({ action }) => action)],
    refusals: [...credentials.refusals, ...[...account, ...workloads].flatMap(({ refusals }) => refusals)],
  }

  /** In the seed's layout: the account itself, and what it may do on the hub in place of the accounts that it replaces. */
  function dedicatedAccount({ serviceAccount: wanted }: HubInputs, seen: HubObservation, clusterId: string) {
    if (!wanted) return []
    const { name, clusterRole } = wanted
    const of = (field: 'clientId' | 'tenantId') => seen.identity?.[field] ?? later(identityAction(identityId), field)
    const annotated = { clientId: of('clientId'), tenantId: of('tenantId') }
    const needs = [clusterId, identityAction(identityId)]
    const account = serviceAccount(argocdNamespace, name, annotated, hubCluster.id, seen.serviceAccount, needs)
    const subject = { kind: 'ServiceAccount' as const, name, namespace: argocdNamespace }
    const binding = clusterRoleBinding(
      'hub',
      `argo-aks-onboard-${name}-${fingerprint(argocdNamespace, name)}`,
      clusterRole,
      subject,
      hubCluster.id,
      seen.clusterRoleBindings,
      [clusterId, serviceAccountAction(argocdNamespace, name)],
    )
    return [account, binding]
  }
}

/** The accounts whose tokens the identity trusts: the dedicated one, or those that the workloads run under. */
export function argoCdAccounts({ argocdNamespace, serviceAccount }: HubInputs, seen: HubObservation): Subject[] {
  const names = serviceAccount ? [serviceAccount.name] : seen.workloads.map(found => found.serviceAccount)
  return [...new Set(names)].map(name => ({ namespace: argocdNamespace, serviceAccount: name }))
}
