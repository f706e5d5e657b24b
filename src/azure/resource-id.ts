/** The id of a resource that stands directly in a resource group, split into what it names. */
export interface ResourceId<Type extends string = string> {
  readonly subscriptionId: string
  readonly resourceGroup: string
  /** Provider and type, such as `Microsoft.ContainerService/managedClusters`. */
  readonly type: Type
  readonly name: string
  /** The whole id, as ARM takes it in a request path. */
  readonly id: string
}

export const managedClusters = 'Microsoft.ContainerService/managedClusters'
export const userAssignedIdentities = 'Microsoft.ManagedIdentity/userAssignedIdentities'

/** Names an AKS cluster. */
export type ManagedClusterId = ResourceId<typeof managedClusters>
/** Names a user-assigned managed identity. */
export type IdentityId = ResourceId<typeof userAssignedIdentities>

/** The id of a resource from its parts. */
export function resourceId<Type extends string>(
  type: Type,
  subscriptionId: string,
  resourceGroup: string,
  name: string,
): ResourceId<Type> {
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${type}/${name}`
  return { subscriptionId, resourceGroup, type, name, id }
}

const pattern = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+\/[^/]+)\/([^/]+)\/?$/i

/** Splits an id of any type; undefined where the text is none, or names something inside a resource or outside a resource group. */
export function parseResourceId(text: string): ResourceId | undefined {
  const [, subscriptionId, resourceGroup, type, name] = pattern.exec(text) ?? []
  if (!subscriptionId || !resourceGroup || !type || !name) return undefined
  return resourceId(type, subscriptionId, resourceGroup, name)
}

/**
 * Tells whether two ids name the same resource. ARM compares ids without regard to case and returns them in changing case:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
export function sameResource(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

/** Where a permission is asked for: a resource or its group. */
export interface Scope {
  readonly id: string
  readonly subscriptionId: string
}

/** Any resource as a scope, also one within another, such as a subnet. */
export const scopeOf = (id: string): Scope => ({ id, subscriptionId: id.split('/')[2] ?? '' })

/** The resource group of a resource. */
export const resourceGroupOf = ({ subscriptionId, resourceGroup }: ResourceId): Scope => ({
  id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`,
  subscriptionId,
})
