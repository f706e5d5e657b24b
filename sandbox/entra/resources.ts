import type { Cloud } from '../clouds.ts'
import { everywhere } from '../clouds.ts'

/** The application `Azure Kubernetes Service AAD Server`, the same in every tenant and cloud. */
export const aksServerApplication = '6dae42f8-4368-4678-94ff-3960e28e3630'

/** Whether a tenant of the cloud can issue tokens for a resource; a trailing slash is part of some names and of some habits. */
export const isKnownResource = (resource: string, cloud: Cloud): boolean =>
  resource === aksServerApplication || [...resourceManagers(cloud), cloud.graph].includes(hostOf(resource))

/** What people call a resource. */
export const labelOf = (resource: string): 'AKS' | 'ARM' | 'Graph' | undefined => {
  if (resource === aksServerApplication) return 'AKS'
  if (everywhere(resourceManagers).includes(hostOf(resource))) return 'ARM'
  return everywhere(({ graph }) => graph).includes(hostOf(resource)) ? 'Graph' : undefined
}

/** Resource Manager, under its endpoint and under the older name. */
const resourceManagers = ({ resourceManager, olderResourceManager }: Cloud) => [resourceManager, olderResourceManager]

const hostOf = (resource: string): string => /^https:\/\/([^/]+)\/?$/.exec(resource)?.[1] ?? ''
