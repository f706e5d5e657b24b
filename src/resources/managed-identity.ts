import type { ManagedIdentity } from '../azure/azure.ts'
import { type IdentityId, type ManagedClusterId, resourceGroupOf, sameResource } from '../azure/resource-id.ts'
import { differences } from '../diff.ts'
import { HUB_TAG } from '../mark.ts'
import { type Action, type Refusal, unchanged } from '../plan.ts'

/** An identity as the user tells it. */
export interface ToldIdentity {
  readonly clientId: string
  readonly principalId: string
}

/** Azure's limit for one resource (https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations). */
const TAGS = 50
const WRITE = 'Microsoft.ManagedIdentity/userAssignedIdentities/write'

/** Names the action in other actions' `needs`. */
export const identityAction = ({
  identity,
  identityIds,
}: {
  identity: IdentityId
  identityIds?: ToldIdentity
}): string => (identityIds ? `identity ${identityIds.clientId}` : `managed identity ${identity.name}`)

/**
 * The user-assigned identity that Argo CD becomes. One that exists is used as it is, wherever it lives and whoever made it; tags are kept
 * in step where it was made for this hub, and those of others stay.
 */
export function managedIdentity(
  id: IdentityId,
  live: ManagedIdentity | undefined,
  { hub, location, tags }: { hub: ManagedClusterId; location: string; tags: Readonly<Record<string, string>> },
): { action: Action; refusals: Refusal[] } {
  const title = identityAction({ identity: id })
  if (!live) {
    const wanted = { location, tags: { ...tags, [HUB_TAG]: hub.id } }
    return {
      action: {
        ...unchanged(title),
        kind: 'create',
        changes: differences(wanted, undefined),
        writes: [{ at: 'azure', verb: 'put', type: 'userAssignedIdentities', id, body: wanted }],
        permissions: [{ at: 'azure', scope: resourceGroupOf(id), action: WRITE }],
      },
      refusals: tooManyTags(id, wanted.tags),
    }
  }
  const found = { ...live }
  if (!sameResource(live.tags[HUB_TAG] ?? '', hub.id)) {
    const isAsked = Object.keys(tags).length > 0
    const note = isAsked ? 'not made for this hub by the action, so its tags stay as they are' : undefined
    return { action: unchanged(title, found, note), refusals: [] }
  }
  const wanted = spelledAs(live.tags, tags)
  const changes = differences({ tags: wanted }, { tags: live.tags })
  if (changes.length === 0) return { action: unchanged(title, found), refusals: [] }
  const body = { tags: { ...live.tags, ...wanted } }
  return {
    action: {
      ...unchanged(title, found),
      kind: 'update',
      changes,
      writes: [{ at: 'azure', verb: 'patch', type: 'userAssignedIdentities', id, body }],
      permissions: [{ at: 'azure', scope: id, action: WRITE }],
    },
    refusals: tooManyTags(id, body.tags),
  }
}

/** Azure holds no two tags that differ in case alone: the name that is there is the one. */
function spelledAs(live: Record<string, string>, tags: Readonly<Record<string, string>>): Record<string, string> {
  const there = Object.keys(live)
  const spelled = (key: string) => there.find(other => other.toLowerCase() === key.toLowerCase()) ?? key
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [spelled(key), value]))
}

function tooManyTags({ name }: IdentityId, tags: Record<string, string>): Refusal[] {
  const count = Object.keys(tags).length
  return count <= TAGS
    ? []
    : [
        {
          what: `Managed identity ${name} would have ${count} tags`,
          why: `Azure allows ${TAGS}, and one is the mark of the action`,
          remedy: 'Take some out of the input tags, or off the identity',
        },
      ]
}
