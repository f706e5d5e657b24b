import type { Attributes } from '../kubernetes/rbac.ts'
import type { AzureRbac } from '../world.ts'
import { isBuiltIn, resourcesMeant } from './operations.ts'

const managedClusters = 'Microsoft.ContainerService/managedClusters'

/** Azure cannot tell what is asked of it; the API server hears of it as a failed request. */
export interface NoAnswer {
  error: string
}

/**
 * The data actions that a caller needs for what is asked of Kubernetes, all of them; no role holds an empty list.
 * It is the mapping of Guard, the authorization webhook of AKS: https://github.com/kubeguard/guard/tree/master/authz/providers/azure/rbac
 */
export function dataActionsOf(asked: Attributes, { wildcards, customResources }: AzureRbac): string[] | NoAnswer {
  if (!asked.isResource) return [joined(managedClusters, asked.path, actionOf(asked.verb))]
  const { group, resource, subresource, verb } = asked
  if ([group, resource, verb].includes('*')) {
    if (wildcards === 'expanded') return expanded(asked)
    const what = `Group: ${group}, Resource: ${resource}, Verb: ${verb}`
    return { error: `Wildcard support for Resource/Verb/Group is not enabled for request ${what}` }
  }
  if (!isBuiltIn(group, resource)) {
    if (customResources === 'not covered') return []
    if (customResources === 'as one kind') return [joined(managedClusters, 'customresources', actionOf(verb))]
  }
  if (resource === 'pods' && subresource === 'exec') return [joined(managedClusters, 'pods/exec/action')]
  return [joined(managedClusters, group, resource, actionOf(verb))]
}

/** What decisions are remembered by: neither the object's name nor a subresource other than `pods/exec`, and `get`, `list` and `watch` as one. */
export function subjectOf(user: string, asked: Attributes): string {
  if (!asked.isResource) return joined(user, asked.path, actionOf(asked.verb))
  const { group, namespace, resource, subresource, verb } = asked
  const action = resource === 'pods' && subresource === 'exec' ? 'exec/action' : actionOf(verb)
  return [user, namespace || '-', group || '-', resource, action].join('/')
}

/** Everything that a question with a star stands for. */
function expanded({ group, resource, verb, namespace }: Extract<Attributes, { isResource: true }>): string[] {
  const actions = verb === '*' ? ['read', 'write', 'delete'] : [actionOf(verb)]
  return resourcesMeant(group, resource, namespace !== '').flatMap(meant =>
    actions.map(action => joined(managedClusters, meant.group, meant.resource, action)),
  )
}

/** Verbs that Azure has no action for leave it out. */
const actionOf = (verb: string): string => actions[verb] ?? ''

const actions: Record<string, string> = {
  ...{ get: 'read', list: 'read', watch: 'read' },
  ...{ create: 'write', update: 'write', patch: 'write' },
  ...{ delete: 'delete', deletecollection: 'delete' },
  ...{ bind: 'bind/action', escalate: 'escalate/action', use: 'use/action', impersonate: 'impersonate/action' },
}

const joined = (...parts: string[]): string =>
  parts
    .filter(part => part !== '')
    .join('/')
    .replace(/\/{2,}/g, '/')
