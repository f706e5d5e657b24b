import * as apiVersions from './api-versions.ts'
import { principalsOf, rolesAt } from './authorization.ts'
import type { Route } from './route.ts'

/** What the caller itself may do at a scope: one entry for each role that it holds there or above. */
export const permissionRoutes: Route[] = [
  {
    method: 'GET',
    path: '/providers/Microsoft.Authorization/permissions',
    apiVersions: apiVersions.authorization,
    action: 'Microsoft.Authorization/permissions/read',
    answer: ({ world, caller, parameters }) => ({
      status: 200,
      body: {
        value: rolesAt(world, principalsOf(caller), parameters.scope!).map(
          ({ actions, notActions, dataActions, notDataActions }) => ({
            actions,
            notActions,
            dataActions,
            notDataActions,
          }),
        ),
      },
    }),
  },
]
