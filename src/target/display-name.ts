import type { ManagedCluster } from '../azure/azure.ts'
import type { ManagedClusterId } from '../azure/resource-id.ts'
import { displayName } from '../input-forms.ts'
import type { Refusal } from '../plan.ts'

/** What Argo CD is to call a cluster, and why it cannot be called so. */
export interface DisplayName {
  name: string
  refusals: Refusal[]
}

/** Fills the placeholders of the input `name` in from a cluster; without that input it is the cluster's own name. */
export function displayNameOf(
  template: string | undefined,
  id: ManagedClusterId,
  { location, tags }: Pick<ManagedCluster, 'location' | 'tags'>,
): DisplayName {
  const fields: Record<string, string> = {
    name: id.name,
    'resource-group': id.resourceGroup,
    subscription: id.subscriptionId,
    location,
  }
  const missing: string[] = []
  const name = (template ?? '{name}').replaceAll(/\{(?:tag:([^{}]+)|([^{}]+))\}/g, (_, key?: string, field = '') => {
    const value = key === undefined ? fields[field] : tagOf(tags, key)
    if (!value) missing.push(key ?? field)
    return value ?? ''
  })
  if (missing.length > 0) return { name, refusals: [noSuchTag(id, template ?? '', missing)] }
  return { name, refusals: displayName.parse(name) === undefined ? [noName(id, template ?? '', name)] : [] }
}

/** Azure's tag names are case-insensitive (https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations). */
export function tagOf(tags: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.entries(tags).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1]
}

const noSuchTag = ({ id, name }: ManagedClusterId, template: string, missing: string[]): Refusal => ({
  what: `AKS cluster ${name} has no tag ${missing.join(' and no tag ')}, which the input name asks for (${template})`,
  why: `a name with a hole in it may be another cluster's`,
  remedy: `Tag the cluster (az tag update --resource-id ${id} --operation merge --tags ${missing[0]}=...), or change the input name`,
})

const noName = ({ name }: ManagedClusterId, template: string, filled: string): Refusal => ({
  what: `AKS cluster ${name} would be called ${JSON.stringify(filled)}, by the input name (${template})`,
  why: `Argo CD's display name has to be ${displayName.expected}`,
  remedy: 'Change the input name, or the tag that it takes this from',
})
