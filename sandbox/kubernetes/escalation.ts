import type { AksCluster, KubernetesObject, World } from '../world.ts'
import type { User } from './authentication.ts'
import { authorize } from './authorization.ts'
import { aggregate, type Binding, matchesUrl, type PolicyRule, type Role, rulesBehind, rulesOf } from './rbac.ts'
import type { Resource } from './resources.ts'
import { forbidden, notFound } from './status.ts'

/** What a write of a role or binding is judged by. */
export interface Grantor {
  user: User
  /** Namespace of the request, `''` at cluster scope. */
  namespace: string
  cluster: AksCluster
  world: World
}

/**
 * Nobody grants more than they hold, unless they may `escalate` roles or `bind` the role
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
 * `before` is the object that the write replaces. Throws 403.
 */
export function refuseEscalation(
  resource: Resource,
  object: KubernetesObject,
  before: KubernetesObject | undefined,
  grantor: Grantor,
): void {
  if (grantor.user.groups.includes('system:masters')) return
  if (resource.kind === 'ClusterRole' || resource.kind === 'Role') refuseRole(resource, object as Role, before, grantor)
  if (resource.kind.endsWith('RoleBinding')) refuseBinding(resource, object as Binding, grantor)
}

function refuseRole(resource: Resource, role: Role, before: KubernetesObject | undefined, grantor: Grantor): void {
  const { name } = role.metadata
  if (may('escalate', resource.plural, before ? name : '', grantor)) return
  refuseUncovered(resource, name, role.rules ?? [], grantor)
  if (!isAggregated(role) && !(before && isAggregated(before))) return
  try {
    refuseUncovered(resource, name, fullAuthority, grantor)
  } catch {
    throw forbidden(resource, name, 'must have cluster-admin privileges to use the aggregationRule')
  }
}

function refuseBinding(resource: Resource, binding: Binding, grantor: Grantor): void {
  const { kind, name } = binding.roleRef
  if (may('bind', kind === 'ClusterRole' ? 'clusterroles' : 'roles', name, grantor)) return
  const rules = rulesBehind(binding.roleRef, grantor.namespace, grantor.cluster.kubernetes)
  if (typeof rules === 'string') {
    // The role is looked for in the name of the request, so the answer names the request's own resource.
    throw notFound(resource, name)
  }
  refuseUncovered(resource, binding.metadata.name, rules, grantor)
}

const fullAuthority: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

const isAggregated = (role: KubernetesObject): boolean =>
  ((role.aggregationRule as { clusterRoleSelectors?: unknown[] } | undefined)?.clusterRoleSelectors?.length ?? 0) > 0

const may = (verb: string, plural: string, name: string, { user, namespace, cluster, world }: Grantor): boolean => {
  const asked = { group: 'rbac.authorization.k8s.io', resource: plural, subresource: '', name, namespace }
  return authorize(user, { isResource: true, verb, ...asked }, cluster, world).allowed
}

function refuseUncovered(
  resource: Resource,
  name: string,
  wanted: PolicyRule[],
  { user, namespace, cluster }: Grantor,
) {
  const { rules: held, faults } = rulesOf(user, namespace, cluster.kubernetes)
  const missing = wanted.flatMap(breakDown).filter(part => !held.some(rule => covers(rule, part)))
  if (missing.length === 0) return
  const groups = `[${user.groups.map(group => JSON.stringify(group)).join(' ')}]`
  const lines = [...new Set(compact(missing).map(describe))].sort().join('\n')
  const unresolved = faults.length > 0 ? `; resolution errors: ${aggregate(faults)}` : ''
  const grantor = `user "${user.name}" (groups=${groups})`
  const why = `${grantor} is attempting to grant RBAC permissions not currently held:\n${lines}${unresolved}`
  throw forbidden(resource, name, why)
}

/** A rule as rules of one verb on one resource or URL each. */
function breakDown({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule) {
  const names = resourceNames.length > 0 ? resourceNames.map(name => ({ resourceNames: [name] })) : [{}]
  const onResources = apiGroups.flatMap(group =>
    resources.flatMap(resource =>
      verbs.flatMap(verb => names.map(name => ({ apiGroups: [group], resources: [resource], verbs: [verb], ...name }))),
    ),
  )
  const onUrls = nonResourceURLs.flatMap(url => verbs.map(verb => ({ nonResourceURLs: [url], verbs: [verb] })))
  return [...onResources, ...onUrls] as PolicyRule[]
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const holds = (held: string[] | undefined, wanted: string[] | undefined) =>
    (wanted ?? []).every(one => held?.includes('*') || held?.includes(one))
  const onSubresource = (wanted: string) =>
    wanted.includes('/') && !!rule.resources?.includes(`*/${wanted.split('/').slice(1).join('/')}`)
  return (
    holds(rule.verbs, part.verbs) &&
    holds(rule.apiGroups, part.apiGroups) &&
    (part.resources ?? []).every(wanted => holds(rule.resources, [wanted]) || onSubresource(wanted)) &&
    (part.nonResourceURLs ?? []).every(path => (rule.nonResourceURLs ?? []).some(url => matchesUrl(url, path))) &&
    (!rule.resourceNames?.length ||
      (!!part.resourceNames && part.resourceNames.every(name => rule.resourceNames!.includes(name))))
  )
}

/** Joins the verbs of rules that differ in nothing else, for the message. */
function compact(rules: PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const { verbs, ...rest } = rule
    const key = rule.nonResourceURLs ? JSON.stringify(rule) : JSON.stringify(rest)
    joined.set(key, { ...rest, verbs: [...(joined.get(key)?.verbs ?? []), ...verbs] })
  }
  return [...joined.values()]
}

function describe(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const
  const shown = parts.filter(([, values]) => values?.length)
  return `{${shown.map(([label, values]) => `${label}:[${values!.map(value => JSON.stringify(value)).join(' ')}]`).join(', ')}}`
}
