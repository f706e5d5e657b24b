import type { ClusterLogin, LoginVariable } from '../argocd/cluster-login.ts'
import { clustersAtRisk, isHarmless, type PodChange } from '../argocd/clusters-at-risk.ts'
import { type Installer, installerOf } from '../argocd/installers/installer.ts'
import type { SyncPolicy } from '../argocd/installers/lifetime.ts'
import { asksTheWebhook, fields } from '../argocd/token-source.ts'
import { judge, prefersAzureClientId } from '../argocd/versions.ts'
import { type ArgoCdWorkload, title } from '../argocd/workloads.ts'
import type { Explanation } from '../failure.ts'
import type { HubInputs } from '../inputs.ts'
import { Application, type Cluster, type KubernetesObject, ServiceAccount } from '../kubernetes/cluster.ts'
import { KubernetesError } from '../kubernetes/errors.ts'
import type { Action, Plan } from '../plan.ts'
import { signsInItself } from '../resources/service-account.ts'
import { ACCOUNT } from '../resources/workload.ts'
import type { HubObservation } from './observe.ts'

/** What a plan means for others. It is looked at only where the plan changes what they depend on. */
export interface Consequences {
  /** How Argo CD signs in to the registered clusters; `hidden` where the caller may not look. */
  logins?: ClusterLogin[] | 'hidden'
  serviceAccounts?: KubernetesObject[]
  /** How Argo CD syncs itself. */
  sync?: SyncPolicy
}

/** Reads side by side what the plan of a first look makes it worth to know. */
export async function observeConsequences(
  inputs: HubInputs,
  seen: HubObservation,
  plan: Pick<Plan, 'actions'>,
): Promise<Consequences> {
  const { argocdNamespace: namespace } = inputs
  const isAnybodysConcern = !isHarmless(podChange(inputs, seen, plan.actions))
  const webhookIsAsked = changed(seen, plan.actions).some(({ found, action }) => labels(found, action).includes(true))
  const application = changed(seen, plan.actions)
    .map(({ found }) => installerOf(found.object))
    .find(({ kind, name }) => kind === 'argo-cd' && name)
  const [logins, accounts, sync] = await Promise.all([
    isAnybodysConcern ? seen.kubernetes.clusterLogins(namespace, clientIdOf(inputs, seen)).catch(hidden) : undefined,
    isAnybodysConcern && webhookIsAsked && !seen.serviceAccounts
      ? seen.kubernetes.read({ accounts: { kind: ServiceAccount, namespace } })
      : undefined,
    application && syncPolicyOf(application, seen.kubernetes),
  ])
  return {
    ...(logins && { logins }),
    ...(accounts && { serviceAccounts: accounts.accounts }),
    ...(sync && { sync }),
  }
}

/** Registered clusters that Argo CD may not reach any more afterwards. */
export function affectedClusters(inputs: HubInputs, seen: HubObservation, actions: Action[]): Explanation[] {
  const { logins } = seen.consequences ?? {}
  if (logins === 'hidden') return [notLookedAt(inputs)]
  return logins ? clustersAtRisk(logins, podChange(inputs, seen, actions), inputs.argocdNamespace) : []
}

const clientIdOf = ({ identityIds }: HubInputs, { identity }: HubObservation): string =>
  (identityIds ?? identity)?.clientId ?? ''

const changed = ({ workloads }: HubObservation, actions: Action[]) =>
  workloads.flatMap(found => {
    const action = actions.find(({ id }) => id === title(found))
    return action && action.changes.length > 0 ? [{ found, action }] : []
  })

/** What changes for either workload: both sign in to every cluster. */
function podChange(inputs: HubInputs, seen: HubObservation, actions: Action[]): PodChange {
  const changes = changed(seen, actions).map(({ found, action }) => changeOf(inputs, seen, found, action))
  return {
    gained: new Set(changes.flatMap(({ gained }) => gained)),
    lost: new Set(changes.flatMap(({ lost }) => lost)),
    account: changes.find(({ account }) => account)?.account,
    prefersAzureClientId: seen.workloads.some(({ container }) => prefersAzureClientId(judge(container.image ?? ''))),
  }
}

/** Whether the webhook looks after the pods, before and after. */
function labels({ object }: ArgoCdWorkload, { changes }: Action): [boolean, boolean] {
  const label = changes.find(({ field }) => field === fields.label)
  const before = asksTheWebhook(object.spec.template)
  return [before, label ? label.to === 'true' : before]
}

function changeOf(inputs: HubInputs, seen: HubObservation, found: ArgoCdWorkload, action: Action) {
  const { container, serviceAccount } = found
  const [wasLabelled, isLabelled] = labels(found, action)
  const account = action.changes.find(({ field }) => field === ACCOUNT)?.to as string | undefined
  const setByTemplate = (name: LoginVariable) => container.env?.some(variable => variable.name === name) ?? false
  const injected = (labelled: boolean, under: string): LoginVariable[] =>
    (labelled ? variablesOfWebhook(hasClient(inputs, seen, under)) : []).filter(name => !setByTemplate(name))
  const before = injected(wasLabelled, serviceAccount)
  const after = injected(isLabelled, account ?? serviceAccount)
  return {
    gained: after.filter(name => !before.includes(name) || (account && name === 'AZURE_CLIENT_ID')),
    lost: before.filter(name => !after.includes(name)),
    account,
  }
}

/** https://github.com/Azure/azure-workload-identity/blob/v1.6.0/pkg/webhook/webhook.go: values that it does not have it leaves out. */
const variablesOfWebhook = (hasClient: boolean): LoginVariable[] => [
  ...(hasClient ? (['AZURE_CLIENT_ID'] as const) : []),
  'AZURE_TENANT_ID',
  'AZURE_AUTHORITY_HOST',
  'AZURE_FEDERATED_TOKEN_FILE',
]

/** The dedicated account is annotated by this action. */
function hasClient(
  { serviceAccount }: HubInputs,
  { consequences, serviceAccounts = consequences?.serviceAccounts }: HubObservation,
  account: string,
): boolean {
  const live = serviceAccounts?.find(({ metadata }) => metadata.name === account)
  return account === serviceAccount?.name || (live !== undefined && signsInItself(live) !== undefined)
}

/** What the Application says by which Argo CD installs itself. It may be out of sight: in the hands of another Argo CD, on another cluster. */
async function syncPolicyOf({ name, namespace }: Installer, hub: Cluster): Promise<SyncPolicy | undefined> {
  const read = { kind: Application, name: name!, ...(namespace && { namespace }) }
  const found = await hub.read({ applications: read }).catch(notAllowed)
  const [application] = found?.applications ?? []
  if (!application) return undefined
  const { automated, syncOptions = [] } = application.spec.syncPolicy ?? {}
  return {
    selfHeal: automated?.selfHeal === true && automated.enabled !== false,
    replaces: syncOptions.includes('Replace=true'),
  }
}

function notAllowed(error: unknown): undefined {
  if (!(error instanceof KubernetesError) || error.status !== 403) throw error
}

function hidden(error: unknown): 'hidden' {
  notAllowed(error)
  return 'hidden'
}

const notLookedAt = ({ hubCluster, argocdNamespace }: HubInputs): Explanation => ({
  what: `Whether what changes in the pods of Argo CD affects clusters that are registered on ${hubCluster.name} is not known`,
  why: `the caller may not list secrets in ${argocdNamespace}`,
  remedy:
    'Let it list them, or look for clusters that sign in by argocd-k8s-auth azure in another way than this action writes it',
})
