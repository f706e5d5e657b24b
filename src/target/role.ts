import type { RoleDefinition } from '../azure/azure.ts'
import type { TargetInputs } from '../inputs.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import type { KnownRole, Promised } from '../proof/promises.ts'

/** Who decides what an identity may do in a cluster: bindings, or role assignments. */
export type Model = 'kubernetes' | 'azure'

/** What the identity is to be on a target. */
export interface TargetRole {
  model: Model
  /** Name of the ClusterRole, or GUID of the role definition. */
  name: string
  /** What people call it. */
  title: string
  /** Undefined where there is no such role. */
  promised: Promised | undefined
}

/**
 * The roles that every cluster has, by the names of Kubernetes, with those that Azure made in their image
 * (https://learn.microsoft.com/azure/aks/manage-azure-rbac#aks-built-in-roles).
 */
const KNOWN: Record<KnownRole, { guid: string; title: string }> = {
  'cluster-admin': {
    guid: 'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b',
    title: 'Azure Kubernetes Service RBAC Cluster Admin',
  },
  admin: { guid: '3498e952-d568-435e-9b2c-8d77e338d7f7', title: 'Azure Kubernetes Service RBAC Admin' },
  edit: { guid: 'a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb', title: 'Azure Kubernetes Service RBAC Writer' },
  view: { guid: '7f6c6a51-bcf8-42ba-9220-52d62157d7db', title: 'Azure Kubernetes Service RBAC Reader' },
}

/** From the most to the least. */
const RANKS = Object.keys(KNOWN) as KnownRole[]

/** The model by which the identity is let in, or would be by whoever does it where `grant` says none. */
export function modelOf({ grant }: Pick<TargetInputs, 'grant'>, entra: { azureRbac: boolean } | undefined): Model {
  if (grant === 'kubernetes' || grant === 'azure') return grant
  return entra?.azureRbac ? 'azure' : 'kubernetes'
}

/** A role that every cluster has, named as Kubernetes or, with Azure, also as Azure names it; undefined for any other. */
export function knownRole(model: Model, name: string): TargetRole | undefined {
  const known = RANKS.find(role => role === name || (model === 'azure' && isCalled(KNOWN[role], name)))
  if (!known) return undefined
  const named = model === 'azure' ? { name: KNOWN[known].guid, title: KNOWN[known].title } : { name, title: name }
  return { model, ...named, promised: { kind: 'known', role: known } }
}

const isCalled = ({ guid, title }: { guid: string; title: string }, name: string) =>
  [guid, title.toLowerCase()].includes(name.toLowerCase())

/** A ClusterRole of the cluster's own, as it was found. */
export const clusterRole = (name: string, found: KubernetesObject | undefined): TargetRole => ({
  model: 'kubernetes',
  name,
  title: name,
  promised: found && { kind: 'rules', rules: found.rules ?? [] },
})

/** An Azure role, as it was found by the name or GUID that was asked for. */
export const azureRole = (asked: string, found: RoleDefinition | undefined): TargetRole => ({
  model: 'azure',
  name: found?.name ?? asked,
  title: found?.roleName ?? asked,
  promised: found && { kind: 'data actions', permissions: found.permissions },
})

/** What people call a role by its name within a model. */
export const titleOf = (model: Model, name: string): string => knownRole(model, name)?.title ?? name

/** Whether a role is known to allow more than another; of roles that are not known nobody can tell. */
export function isBroader(model: Model, one: string, than: string): boolean {
  const rank = (name: string) => {
    const promised = knownRole(model, name)?.promised
    return promised?.kind === 'known' ? RANKS.indexOf(promised.role) : undefined
  }
  const [higher, lower] = [rank(one), rank(than)]
  return higher !== undefined && (lower === undefined ? higher === 0 : higher < lower)
}
