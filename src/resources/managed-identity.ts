import type { ManagedIdentity } from '../azure/azure.ts'
import { type IdentityId, type ManagedClusterId, resourceGroupOf } from '../azure/resource-id.ts'
import { HUB_TAG } from '../mark.ts'
import type { Action } from '../plan.ts'

/** Names the action in other actions' `needs`. */
export const identityAction = ({ name }: IdentityId): string => `managed identity ${name}`

/** The user-assigned identity that Argo CD becomes. One that exists is used as it is, wherever it lives and whoever made it. */
export function managedIdentity(
  id: IdentityId,
  live: ManagedIdentity | undefined,
  hub: ManagedClusterId,
  location: string,
): Action {
  const wanted = { location, tags: { [HUB_TAG]: hub.id } }
  return {
    id: identityAction(id),
    kind: live ? 'unchanged' : 'create',
    changes: live
      ? []
      : [
          { field: 'location', from: undefined, to: location },
          { field: `tags['${HUB_TAG}']`, from: undefined, to: hub.id },
        ],
    writes: live ? [] : [{ at: 'azure', verb: 'put', type: 'userAssignedIdentities', id, body: wanted }],
    needs: [],
    permissions: live
      ? []
      : [{ at: 'azure', scope: resourceGroupOf(id), action: 'Microsoft.ManagedIdentity/userAssignedIdentities/write' }],
    found: { ...live },
  }
}
