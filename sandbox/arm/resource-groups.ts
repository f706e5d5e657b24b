import * as apiVersions from './api-versions.ts'
import { keyOf } from './resource-id.ts'
import type { Route } from './route.ts'

/** Resource groups, read only: `az identity create` takes its location from one. */
export const resourceGroupRoutes: Route[] = [
  {
    method: 'GET',
    path: '/subscriptions/:subscription/resourceGroups/:resourceGroup',
    apiVersions: apiVersions.resources,
    action: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    answer: ({ world, path }) => ({
      status: 200,
      body: {
        ...world.resourceGroups[keyOf(path)],
        type: 'Microsoft.Resources/resourceGroups',
        properties: { provisioningState: 'Succeeded' },
      },
    }),
  },
]
