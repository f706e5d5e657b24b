import type { Places } from './apply.ts'
import type { Permissions } from './azure/azure.ts'
import { type Cluster, rightName } from './kubernetes/cluster.ts'
import type { Permission, Plan, Refusal } from './plan.ts'

type AzurePermission = Extract<Permission, { at: 'azure' }>
type KubernetesPermission = Exclude<Permission, { at: 'azure' }>

/** Asks for every permission that a plan names, all side by side, and returns those that the caller lacks. */
export async function missingPermissions(plan: Plan, places: Places): Promise<Refusal[]> {
  const needed = plan.actions.flatMap(action => action.permissions)
  const distinct = [...new Map(needed.map(permission => [JSON.stringify(permission), permission])).values()]
  const missing = await Promise.all([
    ...byScope(distinct.filter(({ at }) => at === 'azure') as AzurePermission[]).map(permissions =>
      missingInAzure(permissions, places),
    ),
    ...(['hub', 'target'] as const).map(at =>
      missingOn(at, distinct.filter(permission => permission.at === at) as KubernetesPermission[], places),
    ),
  ])
  return missing.flat()
}

/** Azure lists what the caller holds at a scope: one request for all that is needed there. */
async function missingInAzure(permissions: AzurePermission[], { azure }: Places): Promise<Refusal[]> {
  const { scope } = permissions[0]!
  const held = await azure.permissions(scope)
  if (!held) return []
  return permissions
    .filter(({ action }) => !holds(held, action))
    .map(({ action }) => ({
      what: `The caller may not ${action} on ${scope.id}`,
      why: 'no role that it holds there grants that action',
      remedy: `Grant a role with ${action} at that scope or above (${roleFor(action)}${isAssigning(action) ? '; docs/permissions.md has a condition that bounds it' : ''})`,
    }))
}

async function missingOn(
  at: 'hub' | 'target',
  permissions: KubernetesPermission[],
  places: Places,
): Promise<Refusal[]> {
  const cluster = places[at]
  if (!cluster || permissions.length === 0) return []
  const answers = await cluster.mayI(permissions.map(({ at: _, orElse: __, ...attributes }) => attributes))
  const denied = permissions.filter((_, index) => !answers[index])
  const lacking = await Promise.all(denied.map(async permission => !(await holdsOtherwise(cluster, permission))))
  return denied
    .filter((_, index) => lacking[index])
    .map(permission => ({
      what: `The caller may not ${rightName(permission)} on ${cluster.name}`,
      why: 'no role that is bound to it there, or to its groups, grants that',
      remedy:
        permission.verb === 'bind'
          ? `Bind the caller to ClusterRole ${permission.name} on ${cluster.name}${permission.namespace ? `, in namespace ${permission.namespace} at least` : ''}: nobody can grant what they do not hold`
          : `Bind the caller to a ClusterRole on ${cluster.name} that holds ${permission.verb} on ${permission.resource}`,
    }))
}

/** Whether the caller holds what stands in the place of a permission that it lacks. */
const holdsOtherwise = async (cluster: Cluster, { orElse = [] }: KubernetesPermission): Promise<boolean> =>
  orElse.length > 0 && (await cluster.mayI(orElse)).every(Boolean)

/**
 * Wildcards stand for any run of characters (https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format),
 * between two slashes also for none: that is how Managed Identity Operator may assign identities.
 */
export function holds(held: Permissions[], action: string): boolean {
  const matches = (pattern: string) => {
    const expression = RegExp.escape(pattern).replaceAll('\\/\\*\\/', '/(.*/)?').replaceAll('\\*', '.*')
    return new RegExp(`^${expression}$`, 'i').test(action)
  }
  return held.some(({ actions, notActions }) => actions.some(matches) && !notActions.some(matches))
}

/** The built-in role that is meant for an action. */
function roleFor(action: string): string {
  if (action.startsWith('Microsoft.ContainerService/')) return 'Azure Kubernetes Service Contributor Role'
  if (isAssigning(action)) return 'Role Based Access Control Administrator'
  if (action.startsWith('Microsoft.Network/')) return 'Network Contributor'
  return action.endsWith('/assign/action') ? 'Managed Identity Operator' : 'Managed Identity Contributor'
}

/** Whoever may assign any role may take any, so that right is better given with a condition. */
const isAssigning = (action: string): boolean => action.startsWith('Microsoft.Authorization/roleAssignments/')

function byScope(permissions: AzurePermission[]): AzurePermission[][] {
  return Object.values(Object.groupBy(permissions, ({ scope }) => scope.id.toLowerCase())).filter(
    group => group !== undefined,
  )
}
