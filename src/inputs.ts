import {
  type IdentityId,
  type ManagedClusterId,
  managedClusters,
  type ResourceId,
  resourceId,
  userAssignedIdentities,
} from './azure/resource-id.ts'
import * as forms from './input-forms.ts'
import { type InputFault, type InputSheet, inputSheet } from './input-sheet.ts'

/** How the action signs in to Azure. */
export interface Login {
  /** `github`: GitHub's OIDC token. `azure-cli`: the session of an earlier `azure/login` step. */
  readonly kind: 'github' | 'azure-cli'
  /** Always there with `github`. */
  readonly tenantId: string | undefined
  /** Always there with `github`, never with `azure-cli`. */
  readonly clientId: string | undefined
  /** Why this kind was chosen, as one clause for the log. */
  readonly why: string
}

/** How an API server is reached: over the network, by ARM's run-command, or over the network where it answers. */
export type Access = 'auto' | 'direct' | 'run-command'

interface SharedInputs {
  readonly dryRun: boolean
  readonly hubAccess: Access
  readonly login: Login
  readonly hubCluster: ManagedClusterId
  readonly identity: IdentityId
  readonly argocdNamespace: string
  readonly verify: boolean
}

/** What the user asks of mode `hub`. */
export interface HubInputs extends SharedInputs {
  readonly mode: 'hub'
  /** One dedicated service account for Argo CD's workloads; without it they keep their own. */
  readonly serviceAccount?: { readonly name: string; readonly clusterRole: string }
}

/** What the user asks of mode `target`. */
export interface TargetInputs extends SharedInputs {
  readonly mode: 'target'
  readonly targetCluster: ManagedClusterId
  readonly targetAccess: Access
  /** Argo CD's display name; without it the AKS cluster's name. */
  readonly name?: string
  /** Name of the cluster Secret; without it what `argocd cluster add` would choose. */
  readonly secretName?: string
  readonly allow: ReadonlySet<Allowance>
}

/** A refusal that the user may lift: `adopt` takes over a cluster Secret that somebody else made. */
export type Allowance = 'adopt'

/** Everything that is missing or wrong in the inputs, at once. */
export class InputFaults extends Error {
  readonly faults: readonly InputFault[]
  constructor(faults: readonly InputFault[], hint: string) {
    const count = faults.length === 1 ? 'One input is' : `${faults.length} inputs are`
    super([`${count} missing or wrong.`, ...faults.map(fault => `- ${fault.message}`), hint].join('\n').trimEnd())
    this.name = 'InputFaults'
    this.faults = faults
  }
}

const modes = ['hub', 'target'] as const
type Mode = (typeof modes)[number]
const logins = ['auto', 'github', 'azure-cli'] as const
const accesses = ['auto', 'direct', 'run-command'] as const satisfies Access[]

// Names: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const managedCluster = forms.reference(managedClusters, 'an AKS cluster', /^[a-z\d]([\w-]{0,61}[a-z\d])?$/i)
const managedIdentity = forms.reference(
  userAssignedIdentities,
  'a user-assigned managed identity',
  /^[a-z\d][\w-]{2,127}$/i,
)

/** Inputs before their faults are counted: what is undefined is missing or wrong, and has been noted. */
type Unchecked<T> = { [Field in keyof T]: T[Field] | undefined }

/**
 * Reads the inputs of the step from its environment; nothing else is looked at, nothing is sent.
 * @throws InputFaults, with every fault that can be judged
 */
export function readInputs(environment: NodeJS.ProcessEnv): HubInputs | TargetInputs {
  const sheet = inputSheet(environment)
  const mode = sheet.require('mode', forms.oneOf(modes))
  const login = readLogin(sheet, environment)
  const { hubCluster, identity, targetCluster } = readReferences(sheet, mode)
  const shared: Unchecked<SharedInputs> = {
    dryRun: sheet.read('dry-run', forms.boolean),
    login,
    hubCluster,
    identity,
    argocdNamespace: sheet.read('argocd-namespace', forms.dnsLabel),
    hubAccess: sheet.read('hub-access', forms.oneOf(accesses)),
    verify: sheet.read('verify', forms.boolean),
  }
  const serviceAccount = readServiceAccount(sheet, mode)
  const targetAccess = readIn('target', mode, sheet, 'target-access', forms.oneOf(accesses))
  const name = readIn('target', mode, sheet, 'name', forms.displayName)
  const secretName = readIn('target', mode, sheet, 'secret-name', forms.dnsSubdomain)
  const allow = readIn('target', mode, sheet, 'allow', forms.someOf<Allowance>(['adopt'])) ?? new Set()

  if (sheet.faults.length > 0) throw new InputFaults(sheet.faults, notGivenEither(sheet))
  const hub: Unchecked<HubInputs> = { mode: 'hub', ...shared, ...(serviceAccount && { serviceAccount }) }
  const target: Unchecked<TargetInputs> = {
    mode: 'target',
    ...shared,
    targetCluster,
    targetAccess,
    ...(name && { name }),
    ...(secretName && { secretName }),
    allow,
  }
  return (mode === 'hub' ? hub : target) as HubInputs | TargetInputs
}

/** An input that belongs to one mode: in the other it is wrong to set it. */
function readIn<T>(owner: Mode, mode: Mode | undefined, sheet: InputSheet, input: string, form: forms.Form<T>) {
  if (mode === undefined || mode === owner) return sheet.read(input, form)
  if (!sheet.isSet(input)) return undefined
  return sheet.fault(
    input,
    `belongs to mode \`${owner}\`, and this step has mode \`${mode}\``,
    `Remove it from \`with:\` of the step, or set \`mode: ${owner}\`.`,
  )
}

function readServiceAccount(sheet: InputSheet, mode: Mode | undefined): HubInputs['serviceAccount'] {
  const name = readIn('hub', mode, sheet, 'service-account', forms.dnsSubdomain)
  const clusterRole = readIn('hub', mode, sheet, 'hub-cluster-role', forms.pathSegment)
  if (mode !== 'target' && clusterRole && sheet.isSet('hub-cluster-role') && sheet.text('service-account') === '')
    return sheet.fault(
      'hub-cluster-role',
      'is what `service-account` is bound to, and no `service-account` is given',
      'Set `service-account` in `with:` of the step as well, or remove `hub-cluster-role`.',
    )
  return name && clusterRole ? { name, clusterRole } : undefined
}

function readReferences(sheet: InputSheet, mode: Mode | undefined) {
  const hub = sheet.require('hub-cluster', managedCluster)
  const identity = sheet.read('identity', managedIdentity)
  const target =
    mode === 'target'
      ? sheet.require('target-cluster', managedCluster)
      : readIn('target', mode, sheet, 'target-cluster', managedCluster)

  const needsSubscription = Object.entries({ 'hub-cluster': hub, identity, 'target-cluster': target })
    .filter(([, reference]) => reference && !reference.subscriptionId)
    .map(([input]) => `\`${input}\``)
  const subscriptionId =
    needsSubscription.length > 0
      ? sheet.require('subscription-id', forms.guid, `none stands in ${needsSubscription.join(' and ')}`)
      : sheet.read('subscription-id', forms.guid)

  const hubCluster = resolve(managedClusters, hub, subscriptionId)
  return {
    hubCluster,
    identity: sheet.text('identity') ? resolve(userAssignedIdentities, identity, subscriptionId) : besides(hubCluster),
    targetCluster: resolve(managedClusters, target, subscriptionId),
  }
}

function resolve<Type extends string>(
  type: Type,
  reference: forms.Reference | undefined,
  subscriptionId: string | undefined,
): ResourceId<Type> | undefined {
  const subscription = reference?.subscriptionId ?? subscriptionId
  return reference && subscription ? resourceId(type, subscription, reference.resourceGroup, reference.name) : undefined
}

/** The identity of the hub where none is named. */
const besides = (hub: ManagedClusterId | undefined): IdentityId | undefined =>
  hub && resourceId(userAssignedIdentities, hub.subscriptionId, hub.resourceGroup, 'argocd-workload-identity')

function readLogin(sheet: InputSheet, environment: NodeJS.ProcessEnv): Login | undefined {
  const asked = sheet.read('login', forms.oneOf(logins))
  const mayHaveIdToken = Boolean(environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN)
  const chosen = asked === 'auto' ? chooseLogin(sheet, mayHaveIdToken) : explicit(asked)

  if (chosen?.kind === 'azure-cli') {
    const contradiction = sheet.isSet('client-id')
    if (contradiction)
      sheet.fault('client-id', 'has no meaning with `login: azure-cli`', 'Remove one of them from `with:` of the step.')
    return { ...chosen, tenantId: sheet.read('tenant-id', forms.guid), clientId: undefined }
  }
  if (chosen?.kind === 'github') {
    if (!mayHaveIdToken) sheet.fault('login', noIdToken, letGitHubIssueIdTokens)
    return {
      ...chosen,
      tenantId: sheet.require('tenant-id', forms.guid, 'GitHub login needs it'),
      clientId: sheet.require('client-id', forms.guid, 'GitHub login needs it'),
    }
  }
  sheet.read('tenant-id', forms.guid)
  sheet.read('client-id', forms.guid)
  return undefined
}

// https://docs.github.com/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token
const noIdToken =
  'is `github`, but GitHub offers this job no ID token (ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN is not set)'
const letGitHubIssueIdTokens =
  'Set `permissions: id-token: write` for the job or the workflow; a pull request from a fork cannot have it.'

const explicit = (kind: Login['kind'] | undefined) => kind && { kind, why: '`login` says so' }

/** What `login: auto` means. */
function chooseLogin(sheet: InputSheet, mayHaveIdToken: boolean): Pick<Login, 'kind' | 'why'> {
  if (sheet.written('client-id')) return { kind: 'github', why: '`client-id` is given' }
  if (!sheet.text('client-id')) return { kind: 'azure-cli', why: 'no client id is given' }
  return mayHaveIdToken
    ? { kind: 'github', why: 'AZURE_CLIENT_ID is set' }
    : { kind: 'azure-cli', why: 'AZURE_CLIENT_ID is set, but GitHub offers this job no ID token' }
}

/** Without a client id an earlier `azure/login` is taken to sign in; whoever forgot it along with the rest learns it now, not one run later. */
function notGivenEither(sheet: InputSheet): string {
  if (sheet.text('login') !== 'auto' || sheet.text('client-id') !== '') return ''
  return (
    'Not given either, and needed unless an earlier `azure/login` step signs in: `client-id` and `tenant-id`; ' +
    'and `subscription-id`, for references as `resource-group/name`. Set them in `with:` of the step, ' +
    'or as environment variables AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID.'
  )
}
