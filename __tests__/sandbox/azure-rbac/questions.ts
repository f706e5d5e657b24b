import type { Attributes } from '../../../sandbox/kubernetes/rbac.ts'

/** What is asked of an authorizer, in short: `patch apps/deployments/status in argocd`; a group is what holds a dot, a star or `apps`. */
export function resource(question: string): Extract<Attributes, { isResource: true }> {
  const [, verb = '', what = '', namespace = ''] = /^(\S+) (\S+)(?: in (\S+))?$/.exec(question) ?? []
  const parts = what.split('/')
  const isGrouped = parts.length > 1 && /\.|^\*$|^apps$|^policy$/.test(parts[0]!)
  const [group = '', plural = '', subresource = ''] = isGrouped ? parts : ['', ...parts]
  return { isResource: true, verb, group, resource: plural, subresource, name: '', namespace }
}
