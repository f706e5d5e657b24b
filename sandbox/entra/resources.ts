/** The application `Azure Kubernetes Service AAD Server`, the same in every tenant and cloud. */
export const aksServerApplication = '6dae42f8-4368-4678-94ff-3960e28e3630'

/** Resource Manager of each cloud, under its endpoint and under the older name that the Azure CLI asks for. */
const resourceManagers = [
  'https://management.azure.com',
  'https://management.core.windows.net',
  'https://management.usgovcloudapi.net',
  'https://management.core.usgovcloudapi.net',
  'https://management.chinacloudapi.cn',
  'https://management.core.chinacloudapi.cn',
]

/** Microsoft Graph of each cloud. */
export const graphs = [
  'https://graph.microsoft.com',
  'https://graph.microsoft.us',
  'https://microsoftgraph.chinacloudapi.cn',
]

/** Whether the tenant can issue tokens for a resource; a trailing slash is part of some names and of some habits. */
export const isKnownResource = (resource: string): boolean => labelOf(resource) !== undefined

/** What people call a resource. */
export const labelOf = (resource: string): 'AKS' | 'ARM' | 'Graph' | undefined => {
  if (resource === aksServerApplication) return 'AKS'
  const url = resource.replace(/\/$/, '')
  if (resourceManagers.includes(url)) return 'ARM'
  return graphs.includes(url) ? 'Graph' : undefined
}
