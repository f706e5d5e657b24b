import type { ResourceId, Scope } from './azure/resource-id.ts'
import type { Explanation } from './failure.ts'
import type { KubernetesObject, ObjectReference, ResourceAttributes } from './kubernetes/cluster.ts'

/** Where a request goes: Azure Resource Manager, or the API server of one of the two clusters. */
export type Place = 'azure' | 'hub' | 'target'

/** No key of a resource can be taken for it: tags and labels are called whatever people like. */
const LATER = Symbol('known after apply')

/** A value that exists only once another action is done: a field of what that action wrote. */
export interface Later {
  [LATER]: { action: string; field: string }
}

/** A value as the plan shows it; `undefined` is "not there". */
export type Value = unknown

/** One field that differs. */
export interface Change {
  field: string
  from: Value
  to: Value
}

/** A PUT to Azure Resource Manager. */
export interface AzurePut {
  at: 'azure'
  verb: 'put'
  type: 'managedClusters' | 'userAssignedIdentities' | 'federatedIdentityCredentials' | 'roleAssignments'
  id: ResourceId
  /** Name of a federated credential within the identity `id`; path of a role assignment below `id`. */
  child?: string
  body: object
  ifMatch?: string
  /** Another operation runs on the resource: wait for its end, then read and plan again. */
  busy?: boolean
}

/** A PATCH to Azure Resource Manager: what the body does not name stays as it is. */
export interface AzurePatch {
  at: 'azure'
  verb: 'patch'
  type: 'userAssignedIdentities'
  id: ResourceId
  body: { tags: Record<string, string> }
}

/** A DELETE to Azure Resource Manager; what is gone already is as good. */
export interface AzureDelete {
  at: 'azure'
  verb: 'delete'
  type: 'federatedIdentityCredentials' | 'roleAssignments'
  id: ResourceId
  /** Name of a federated credential within the identity `id`; path of a role assignment below `id`. */
  child: string
}

/** A request to Azure Resource Manager that changes something. */
export type AzureWrite = AzurePut | AzurePatch | AzureDelete

/** A request that changes something, as data. */
export type Write =
  | AzureWrite
  | {
      at: 'hub' | 'target'
      verb: 'apply'
      object: KubernetesObject
      live: KubernetesObject | undefined
      force: boolean
    }
  | { at: 'hub' | 'target'; verb: 'delete'; object: ObjectReference }

/** What the caller must be allowed to do for a write. */
export type Permission =
  | { at: 'azure'; scope: Scope; action: string }
  /** Who lacks it may hold all that `orElse` lists instead. */
  | ({ at: 'hub' | 'target'; orElse?: ResourceAttributes[] } & ResourceAttributes)

/** What the plan says of one resource. */
export interface Action {
  /** Names the resource within the plan, in words: `federated credential argocd-server`. */
  id: string
  kind: 'create' | 'update' | 'delete' | 'unchanged' | 'left'
  changes: Change[]
  /** In order; empty where nothing is written. */
  writes: Write[]
  /** Actions that must have succeeded before this one starts. */
  needs: string[]
  permissions: Permission[]
  /** Fields that other actions and the outputs take from this resource, as found. */
  found: Record<string, unknown>
  /** What a reader has to know beforehand, or why the resource is left alone. */
  note?: string
  /** A workload whose rollout has to be over before the action counts as done, with pods that have a token for this audience. */
  rollout?: Rollout
  /** Written only once the chain from Argo CD's service account to the target is proven. */
  onceProven?: boolean
}

/** A workload, and the audience of the tokens that its pods are made anew for. */
export interface Rollout extends ObjectReference {
  audience: string
}

/** A reason not to start at all. */
export type Refusal = Explanation

/** What a run is about to do. A dry run ends here. */
export interface Plan {
  actions: Action[]
  refusals: Refusal[]
  /** What a reader has to know beforehand, of no one resource. */
  warnings?: Explanation[]
}

/** The action of a resource that needs nothing; `note` says what a reader may wonder about. */
export const unchanged = (id: string, found: Record<string, unknown> = {}, note?: string): Action => ({
  id,
  kind: 'unchanged',
  changes: [],
  writes: [],
  needs: [],
  permissions: [],
  found,
  ...(note ? { note } : {}),
})

/** Stands for a field of what another action writes. */
export const later = (action: string, field: string): Later => ({ [LATER]: { action, field } })

/** Tells whether a value stands for one that is known after apply. */
export const isLater = (value: unknown): value is Later => typeof value === 'object' && value !== null && LATER in value

/** What a `later` stands for; undefined where that is not known yet. */
export const knownBy = (
  { [LATER]: { action, field } }: Later,
  results: ReadonlyMap<string, Record<string, unknown>>,
): unknown => results.get(action)?.[field]

/** The actions that write. */
export const writing = (plan: Plan): Action[] => plan.actions.filter(action => action.writes.length > 0)

/**
 * Fills in every `later` of a value from the results of the actions before.
 * @throws Error where an action has left nothing of that name: what needs it would be written without it
 */
export function resolve<T>(value: T, results: ReadonlyMap<string, Record<string, unknown>>): T {
  if (isLater(value)) {
    const { action, field } = value[LATER]
    const known = knownBy(value, results)
    if (known === undefined) throw new Error(`${action} has no ${field} after it was written`)
    return known as T
  }
  if (Array.isArray(value)) return value.map(item => resolve(item, results)) as T
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, results)])) as T
  }
  return value
}
