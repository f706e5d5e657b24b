import { CLOUDS, type Cloud, cloudOf } from './azure/cloud.ts'
import {
  type IdentityId,
  type ManagedClusterId,
  managedClusters,
  type ResourceId,
  resourceId,
  sameResource,
  userAssignedIdentities,
} from './azure/resource-id.ts'
import {
  checkSelection,
  type Entry,
  isPlaced,
  isTheHub,
  readSelection,
  refuseSelection,
  type Selection,
} from './input-fleet.ts'
import * as forms from './input-forms.ts'
import { type Login, readLogin } from './input-login.ts'
import { type InputFault, type InputSheet, inputSheet } from './input-sheet.ts'
import { type Access, accesses, readTargetSettings, type TargetSettings } from './input-target.ts'

interface SharedInputs {
  readonly dryRun: boolean
  readonly hubAccess: Access
  readonly login: Login
  readonly cloud: Cloud
  readonly hubCluster: ManagedClusterId
  readonly identity: IdentityId
  /** What the identity is, told by the user: nothing is asked of its provider then. */
  readonly identityIds?: { readonly clientId: string; readonly principalId: string }
  readonly argocdNamespace: string
  readonly verify: boolean
  readonly allow: ReadonlySet<Allowance>
}

/** What the user asks of mode `hub`. */
export interface HubInputs extends SharedInputs {
  readonly mode: 'hub'
  /** One dedicated service account for Argo CD's workloads; without it they keep their own. */
  readonly serviceAccount?: { readonly name: string; readonly clusterRole: string }
  /** How Argo CD's pods come by their token: a volume of their template, or AKS's workload-identity webhook. */
  readonly tokenSource: (typeof tokenSources)[number]
  /** Makes the identity the control-plane identity of the hub, too. */
  readonly assignIdentity: boolean
  /** For the Azure resources that the action makes. */
  readonly tags: Readonly<Record<string, string>>
}

/** What the user asks of mode `target` for one cluster. */
export interface TargetInputs extends SharedInputs, TargetSettings {
  readonly mode: 'target'
  readonly targetCluster: ManagedClusterId
}

/** The same for any cluster. */
export type ForAnyTarget = Omit<TargetInputs, 'targetCluster'>

/** What the user asks of mode `target` for many clusters. */
export interface FleetInputs extends SharedInputs {
  readonly mode: 'fleet'
  readonly selection: Selection
  /** For every target that does not ask otherwise. */
  readonly each: ForAnyTarget
  /** For those entries of `selection` that do. */
  readonly otherwise: ReadonlyMap<Entry, ForAnyTarget>
  readonly concurrency: number
  /** Where a reference is that tells no subscription. */
  readonly subscriptionId: string | undefined
}

/** What the user asks of mode `discover`. */
export interface DiscoverInputs extends Pick<SharedInputs, 'login' | 'cloud'> {
  readonly mode: 'discover'
  readonly selection: Selection
  readonly subscriptionId: string | undefined
  /** It is no target of its own. */
  readonly hubCluster: ManagedClusterId | undefined
}

/**
 * Refusals that the user may lift. `reverted-patch`: a change that whoever installs Argo CD takes back. `broken-argo-cd`: a version
 * whose Azure login does not work. `relabel`, `retarget`: a change of the cluster Secret that Applications feel. `adopt`: taking over a
 * cluster Secret that somebody else made.
 */
export type Allowance = (typeof allowances)[number]

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

const modes = ['hub', 'target', 'discover'] as const
type Mode = (typeof modes)[number]
const tokenSources = ['projected', 'webhook'] as const
const allowances = ['reverted-patch', 'broken-argo-cd', 'relabel', 'retarget', 'adopt'] as const

/** Inputs before their faults are counted: what is undefined is missing or wrong, and has been noted. */
type Unchecked<T> = { [Field in keyof T]: T[Field] | undefined }

/**
 * Reads the inputs of the step from its environment; nothing else is looked at, nothing is sent.
 * @throws InputFaults, with every fault that can be judged
 */
export function readInputs(environment: NodeJS.ProcessEnv): HubInputs | TargetInputs | FleetInputs | DiscoverInputs {
  const sheet = inputSheet(environment)
  const mode = sheet.require('mode', forms.oneOf(modes))
  const cloud = readCloud(sheet)
  const login = readLogin(sheet, environment, cloud?.name)
  const selection = mode === 'hub' ? refuseSelection(sheet, mode) : readSelection(sheet)
  const { hubCluster, targetCluster, subscriptionId } = readPlaces(sheet, mode, selection)
  const individual = (sheet: InputSheet) => ({
    ...readIdentity(sheet, hubCluster, subscriptionId),
    allow: sheet.read('allow', forms.someOf(allowances)) ?? new Set<Allowance>(),
  })
  const shared: Unchecked<SharedInputs> = {
    dryRun: sheet.read('dry-run', forms.boolean),
    login,
    cloud,
    hubCluster,
    ...individual(sheet),
    argocdNamespace: sheet.read('argocd-namespace', forms.dnsLabel),
    hubAccess: sheet.read('hub-access', forms.oneOf(accesses)),
    verify: sheet.read('verify', forms.boolean),
  }
  const serviceAccount = readServiceAccount(sheet, mode)
  const assignIdentity = readIn('hub', mode, sheet, 'assign-identity', forms.boolean)
  if (assignIdentity && shared.identityIds)
    sheet.fault(
      'assign-identity',
      'takes a managed identity that may be read, and with `identity-client-id` nothing is asked of its provider',
      'Remove one of them from `with:` of the step.',
    )
  const hub: Unchecked<HubInputs> = {
    mode: 'hub',
    ...shared,
    ...(serviceAccount && { serviceAccount }),
    tokenSource: readIn('hub', mode, sheet, 'token-source', forms.oneOf(tokenSources)),
    assignIdentity,
    tags: readIn('hub', mode, sheet, 'tags', forms.keyValues(forms.azureTag)) ?? {},
  }
  const each: Unchecked<ForAnyTarget> = {
    mode: 'target',
    ...shared,
    ...readTargetSettings(sheet, (input, form) => readIn('target', mode, sheet, input, form)),
  }
  const concurrency = readIn('target', mode, sheet, 'concurrency', forms.wholeNumber(1, 100))
  const { otherwise, faults } = readOverrides(sheet, selection, other => ({
    ...shared,
    ...individual(other),
    ...readTargetSettings(other, other.read),
    mode: 'target' as const,
  }))
  if (selection) checkSelection(sheet, selection, hubCluster, subscriptionId)

  if (sheet.faults.length + faults.length > 0)
    throw new InputFaults([...sheet.faults, ...faults], notGivenEither(sheet))
  const discover: Unchecked<DiscoverInputs> = {
    mode: 'discover',
    login,
    cloud,
    selection,
    subscriptionId,
    hubCluster,
  }
  const fleet = { ...shared, mode: 'fleet', selection, each, otherwise, concurrency, subscriptionId }
  const target = { ...each, targetCluster }
  return (mode === 'target' ? (selection ? fleet : target) : mode === 'hub' ? hub : discover) as ReturnType<
    typeof readInputs
  >
}

function readCloud(sheet: InputSheet): Cloud | undefined {
  const { expected, parse } = forms.oneOf(CLOUDS)
  // In any case, as azure/login takes it; `az cloud list` writes AzureUSGovernment.
  const name = sheet.read('environment', { expected, parse: text => parse(text.toLowerCase()) })
  return name && cloudOf(name, sheet.read('audience', forms.oneLine))
}

/** One without the other would leave half of what is needed to be asked for. */
function readIdentityIds(sheet: InputSheet): SharedInputs['identityIds'] {
  const clientId = sheet.read('identity-client-id', forms.guid)
  const principalId = sheet.read('identity-principal-id', forms.guid)
  const [missing, given] =
    sheet.text('identity-client-id') === ''
      ? (['identity-client-id', 'identity-principal-id'] as const)
      : (['identity-principal-id', 'identity-client-id'] as const)
  if (sheet.text(given) !== '' && sheet.text(missing) === '')
    return sheet.fault(
      missing,
      `is missing: \`${given}\` alone does not say who the identity is`,
      'Set both in `with:` of the step, or none.',
    )
  return clientId && principalId ? { clientId, principalId } : undefined
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

/** Where things are, and the subscription of those that do not tell theirs. */
function readPlaces(sheet: InputSheet, mode: Mode | undefined, selection: Selection | undefined) {
  const hub =
    mode === 'discover'
      ? sheet.read('hub-cluster', forms.managedCluster)
      : sheet.require('hub-cluster', forms.managedCluster)
  const target = readTarget(sheet, mode)
  const references = {
    'hub-cluster': [hub],
    identity: [sheet.text('identity') ? forms.managedIdentity.parse(sheet.text('identity')) : undefined],
    'target-cluster': [target],
    targets: selection?.kind === 'listed' ? selection.entries.map(({ cluster }) => cluster) : [],
  }
  const needsSubscription = Object.entries(references)
    .filter(([, some]) => some.some(reference => reference && !isPlaced(reference)))
    .map(([input]) => `\`${input}\``)
  const subscriptionId =
    needsSubscription.length > 0
      ? sheet.require('subscription-id', forms.guid, `none stands in ${needsSubscription.join(' and ')}`)
      : sheet.read('subscription-id', forms.guid)
  const hubCluster = resolve(managedClusters, hub, subscriptionId)
  const targetCluster = resolve(managedClusters, target, subscriptionId)
  if (hubCluster && targetCluster && sameResource(hubCluster.id, targetCluster.id))
    sheet.fault('target-cluster', ...isTheHub)
  return { hubCluster, targetCluster, subscriptionId }
}

/** A single target, where it is not told that many are meant. */
function readTarget(sheet: InputSheet, mode: Mode | undefined): forms.Reference | undefined {
  const several = ['targets', 'target-tag'].filter(input => sheet.text(input) !== '')
  if (mode === 'target' && several.length === 0)
    return sheet.require(
      'target-cluster',
      forms.managedCluster,
      'without it `targets` or `target-tag` has to say which clusters are meant',
    )
  const target = readIn('target', mode, sheet, 'target-cluster', forms.managedCluster)
  const given = [...(mode !== 'discover' && sheet.text('target-cluster') !== '' ? ['target-cluster'] : []), ...several]
  if (mode !== 'hub' && given.length > 1)
    sheet.fault(given[1]!, `cannot stand beside \`${given[0]}\``, 'Remove one of them from `with:` of the step.')
  if (mode === 'discover' && several.length === 0)
    sheet.fault('target-tag', 'is missing, and so is `targets`: nothing says which clusters are meant')
  return target
}

/** The identity is that of the hub where none is named. */
function readIdentity(
  sheet: InputSheet,
  hub: ManagedClusterId | undefined,
  subscriptionId: string | undefined,
): Unchecked<Pick<SharedInputs, 'identity'>> & Pick<SharedInputs, 'identityIds'> {
  const reference = sheet.read('identity', forms.managedIdentity)
  const identity = sheet.text('identity') ? resolve(userAssignedIdentities, reference, subscriptionId) : besides(hub)
  const identityIds = readIdentityIds(sheet)
  return { identity, ...(identityIds && { identityIds }) }
}

/** What entries of `targets` ask otherwise. A fault that every target has is told once, and not here. */
function readOverrides(
  sheet: InputSheet,
  selection: Selection | undefined,
  read: (sheet: InputSheet) => Unchecked<ForAnyTarget>,
) {
  const entries = selection?.kind === 'listed' ? selection.entries : []
  const faults: InputFault[] = []
  const otherwise = new Map<Entry, Unchecked<ForAnyTarget>>()
  for (const entry of entries.filter(({ overrides }) => Object.keys(overrides).length > 0)) {
    // Whoever names another identity does not mean the ids of the one for all.
    const ids = 'identity' in entry.overrides ? { 'identity-client-id': '', 'identity-principal-id': '' } : {}
    const other = sheet.but({ ...ids, ...entry.overrides }, `\`targets\` ${entry.where}`)
    const { identity = '' } = entry.overrides
    const reference = forms.managedIdentity.parse(identity)
    if (reference && !isPlaced(reference)) other.require('subscription-id', forms.guid, 'none stands in `identity`')
    otherwise.set(entry, read(other))
    const isOfAll = ({ input }: InputFault) =>
      !(input in entry.overrides) && sheet.faults.some(fault => fault.input === input)
    faults.push(...other.faults.filter(fault => !isOfAll(fault)))
  }
  return { otherwise, faults }
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

/** Without a client id an earlier `azure/login` is taken to sign in; whoever forgot it along with the rest learns it now, not one run later. */
function notGivenEither(sheet: InputSheet): string {
  if (sheet.text('login') !== 'auto' || sheet.text('client-id') !== '') return ''
  return (
    'Not given either, and needed unless an earlier `azure/login` step signs in: `client-id` and `tenant-id`; ' +
    'and `subscription-id`, for references as `resource-group/name`. Set them in `with:` of the step, ' +
    'or as environment variables AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID.'
  )
}
