import type { ManagedIdentity } from '../azure/azure.ts'
import { type IdentityId, type ManagedClusterId, resourceGroupOf } from '../azure/resource-id.ts'
import { differences } from '../diff.ts'
import { HUB_TAG } from '../mark.ts'
import { type Action, unchanged } from '../plan.ts'

/** Names the action in other actions' `needs`. */
export const identityAction = ({ name }: IdentityId): string => `managed identity ${name}`

/** The user-assigned identity that Argo CD becomes. One that exists is used as it is, wherever it lives and whoever made it. */
export function managedIdentity(
  id: IdentityId,
  live: ManagedIdentity | undefined,
  hub: ManagedClusterId,
  location: string,
): Action {
  if (live) return unchanged(identityAction(id), { ...live })
  const wanted = { location, tags: { [HUB_TAG]: hub.id } }
  return {
    id: identityAction(id),
    kind: 'create',
    changes: differences(wanted, undefined),
    writes: [{ at: 'azure', verb: 'put', type: 'userAssignedIdentities', id, body: wanted }],
    needs: [],
    permissions: [
      { at: 'azure', scope: resourceGroupOf(id), action: 'Microsoft.ManagedIdentity/userAssignedIdentities/write' },
    ],
    found: {},
  }
}
