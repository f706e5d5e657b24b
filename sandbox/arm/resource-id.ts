/** What a record is keyed by: ARM compares ids without regard to case. */
export const keyOf = (id: string): string => id.toLowerCase()

/** Id of an AKS cluster in the case in which AKS returns it: `resourcegroups` in lower case, the rest as documented. */
export const clusterId = (subscription: string, resourceGroup: string, name: string): string =>
  `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${name}`

/** Id of a user-assigned identity, in the case in which the managed identity provider returns it. */
export const identityId = (subscription: string, resourceGroup: string, name: string): string =>
  `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`

/** Id of a resource group. */
export const resourceGroupId = (subscription: string, name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/${name}`

/** The subscription and resource group that an id lies in, as far as it names them. */
export function placeOf(id: string): { subscription?: string; resourceGroup?: string } {
  const [, subscription, , resourceGroup] = /^\/subscriptions\/([^/]+)(\/resourceGroups\/([^/]+))?/i.exec(id) ?? []
  return { ...(subscription && { subscription }), ...(resourceGroup && { resourceGroup }) }
}

/** A path without doubled or trailing slashes: clients join endpoint and path carelessly. */
export const tidyPath = (path: string): string => path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')

/**
 * Splits the path of an extension resource at its last `/providers/`: what comes before is the resource that it extends,
 * https://learn.microsoft.com/azure/azure-resource-manager/management/extension-resource-types
 */
export function splitExtension(path: string): { scope: string; extension: string } {
  const at = path.toLowerCase().lastIndexOf('/providers/')
  return { scope: path.slice(0, at), extension: path.slice(at) }
}

/** The scope at which a request needs its action: its path, without the name of an action or a collection at the end. */
export function authorizationScope(path: string): string {
  const at = path.toLowerCase().lastIndexOf('/providers/')
  if (at < 0) return path
  const [, , namespace, ...rest] = path.slice(at).split('/')
  const pairs = rest.slice(0, rest.length - (rest.length % 2))
  return pairs.length === 0 ? path.slice(0, at) : [path.slice(0, at), 'providers', namespace, ...pairs].join('/')
}
