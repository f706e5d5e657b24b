import type { TokenWanted } from '../argocd/token-source.ts'
import { type ArgoCdWorkload, COMPONENTS, installationOf, title } from '../argocd/workloads.ts'
import type { FederatedCredential, ManagedCluster } from '../azure/azure.ts'
import { type Cloud, WEBHOOK_AUDIENCE } from '../azure/cloud.ts'
import type { HubInputs } from '../inputs.ts'
import { fingerprint, isOurs } from '../mark.ts'
import { type Action, type Later, later, type Plan, type Refusal } from '../plan.ts'
import { credentialsMadeFor, type Subject, subjectOf, withdrawnCredential } from '../resources/federated-credential.ts'
import { clusterAction } from '../resources/managed-cluster.ts'
import { identityAction } from '../resources/managed-identity.ts'
import { type Grant, roleBinding, withdrawnBinding } from '../resources/role-binding.ts'
import { leftAccount, serviceAccount, serviceAccountAction, signsInItself } from '../resources/service-account.ts'
import { ownAccountOf, workload } from '../resources/workload.ts'
import { asItLasts } from './installation.ts'
import type { HubObservation } from './observe.ts'

/** What is true of Argo CD's pods afterwards: they run under an account that the identity trusts, and hold a token of it. */
export function planArgoCd(inputs: HubInputs, seen: HubObservation, issuer: string | Later, cloud: Cloud): Plan {
  const account = dedicatedAccount(inputs, seen)
  const settings = {
    ...tokenWanted(inputs, seen.cluster, cloud),
    issuer,
    serviceAccount: inputs.serviceAccount?.name,
  }
  const before = [clusterAction(inputs.hubCluster), ...account.map(({ action }) => action.id)]
  const workloads = seen.workloads.map(found =>
    asItLasts(workload(found, seen.pods, settings, before), found, seen.consequences?.sync, inputs.allow),
  )
  const planned = [...account, ...workloads]
  const after = workloads.map(({ action }) => action.id)
  return {
    actions: [...planned.map(({ action }) => action), ...leftovers(inputs, seen, after)],
    refusals: [
      ...severalInstallations(inputs, seen.workloads),
      ...signOnLost(inputs, seen),
      ...planned.flatMap(({ refusals }) => refusals),
    ],
  }
}

/** How Argo CD's pods come by their token. */
export const tokenWanted = ({ tokenSource }: HubInputs, cluster: ManagedCluster, cloud: Cloud): TokenWanted => ({
  tokenSource,
  audience: tokenSource === 'webhook' ? WEBHOOK_AUDIENCE : cloud.exchangeAudience,
  webhook: cluster.workloadIdentity || tokenSource === 'webhook',
})

/** The account that a workload runs under once the plan is carried out. */
export const accountOf = ({ serviceAccount }: HubInputs, found: ArgoCdWorkload): string =>
  serviceAccount?.name ?? ownAccountOf(found)

/** The accounts whose tokens the identity trusts. */
export function argoCdAccounts(inputs: HubInputs, { workloads }: Pick<HubObservation, 'workloads'>): Subject[] {
  const names = new Set(workloads.map(found => accountOf(inputs, found)))
  return [...names].map(serviceAccount => ({ namespace: inputs.argocdNamespace, serviceAccount }))
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
  const live = seen.serviceAccounts?.find(({ metadata }) => metadata.name === name)
  const account = serviceAccount(namespace, name, annotated, hubCluster.id, live, [cluster, identity])
  const grant: Grant = {
    at: 'hub',
    name: bindingName(namespace, name),
    clusterRole,
    subject: { kind: 'ServiceAccount', name, namespace },
    hub: hubCluster.id,
  }
  return [account, roleBinding(grant, seen.clusterRoleBindings, [cluster, serviceAccountAction(namespace, name)])]
}

const bindingName = (namespace: string, account: string) =>
  `argo-aks-onboard-${account}-${fingerprint(namespace, account)}`

/**
 * Accounts that Argo CD runs under no more, or will not once the plan is carried out: those that a workload leaves, those that it left, and
 * those that only a credential of the hub still speaks of.
 */
export function accountsOutOfUse(
  inputs: HubInputs,
  workloads: ArgoCdWorkload[],
  issuer: string | undefined,
  credentials: FederatedCredential[],
): string[] {
  const namespace = inputs.argocdNamespace
  const prefix = subjectOf({ namespace, serviceAccount: '' })
  const made = credentialsMadeFor(inputs.hubCluster, namespace, credentials)
  const spokenOf = credentials
    .filter(credential => credential.subject.startsWith(prefix))
    .filter(credential => made.includes(credential) || credential.issuer === issuer)
    .map(({ subject }) => subject.slice(prefix.length))
  const known = workloads.flatMap(found => [found.serviceAccount, ownAccountOf(found)])
  const inUse = workloads.map(found => accountOf(inputs, found))
  return [...new Set([...known, ...spokenOf])].filter(name => !inUse.includes(name))
}

/**
 * What the layout before this one left: the dedicated account with its binding, and the credentials that we made for accounts which nobody
 * runs under now. The account goes last but for its credential, which is what a run that was cut off before finds it by.
 */
function leftovers(inputs: HubInputs, seen: HubObservation, after: string[]): Action[] {
  const { hubCluster, argocdNamespace: namespace } = inputs
  const { serviceAccounts } = seen
  if (!serviceAccounts) return []
  const made = credentialsMadeFor(hubCluster, namespace, seen.credentials)
  let needs = after
  return accountsOutOfUse(inputs, seen.workloads, seen.cluster.issuerUrl, seen.credentials).flatMap(name => {
    const live = serviceAccounts.find(({ metadata }) => metadata.name === name)
    const binding = seen.clusterRoleBindings
      .filter(({ metadata }) => metadata.name === bindingName(namespace, name))
      .filter(isOurs)
      .map(ours => withdrawnBinding('hub', ours, needs))
    const before = [...needs, ...binding.map(({ id }) => id)]
    const account = live ? leftAccount(live, seen.pods, seen.workloads, before) : []
    const isKnown = seen.workloads.some(found => [found.serviceAccount, ownAccountOf(found)].includes(name))
    const mayGo = isKnown || !live || account.some(({ kind }) => kind === 'delete')
    const subject = subjectOf({ namespace, serviceAccount: name })
    const credentials = made
      .filter(credential => mayGo && credential.subject === subject)
      .map(credential => withdrawnCredential(inputs.identity, credential, [...before, ...account.map(({ id }) => id)]))
    needs = [...needs, ...credentials.map(({ id }) => id)]
    return [...binding, ...account, ...credentials]
  })
}

/** One namespace holds one Argo CD: its configuration and its cluster Secrets are found by names that cannot be chosen. */
function severalInstallations({ argocdNamespace: namespace }: HubInputs, workloads: ArgoCdWorkload[]): Refusal[] {
  return COMPONENTS.flatMap(component => {
    const those = workloads.filter(found => found.component === component)
    if (new Set(those.map(installationOf)).size < 2) return []
    const names = those.map(title)
    return [
      {
        what: `Namespace ${namespace} holds more than one Argo CD: ${names.join(' and ')} run ${component}`,
        why: 'they read the same configuration and the same cluster Secrets, so it cannot be told which of them is meant',
        remedy: `Remove all but one, or scale those to 0 that are not in use (kubectl -n ${namespace} scale ${names.at(-1)!.replace(' ', '/').toLowerCase()} --replicas 0), and run again`,
      },
    ]
  })
}

/**
 * An account with a client id of its own stands for an app registration: the sign-on of argocd-server, which trusts that account alone
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/microsoft/#entra-id-app-registration-auth-using-oidc).
 */
function signOnLost(inputs: HubInputs, seen: HubObservation): Refusal[] {
  const { serviceAccount } = inputs
  if (!serviceAccount) return []
  return seen.workloads.flatMap(found => {
    const account = seen.serviceAccounts?.find(({ metadata }) => metadata.name === found.serviceAccount)
    const client = account && signsInItself(account)
    if (!client || found.serviceAccount === serviceAccount.name || client === seen.identity?.clientId) return []
    return [
      {
        what: `${title(found)} signs in as client ${client} under its own ServiceAccount ${found.serviceAccount}`,
        why: `that client, the single sign-on of Argo CD most likely, does not know ServiceAccount ${serviceAccount.name}`,
        remedy: 'Leave service-account empty, so that Argo CD keeps its own accounts',
      },
    ]
  })
}
