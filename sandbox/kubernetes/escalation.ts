import type { KubernetesObject } from '../world.ts'
import { authorize } from './authorization.ts'
import type { Call } from './call.ts'
import { aggregate, type Binding, matchesUrl, type PolicyRule, type Role, rulesBehind, rulesOf } from './rbac.ts'
import { equal } from './server-side-apply/typed-value.ts'
import { badRequest, forbidden, notFound, Refusal } from './status.ts'

/**
 * Nobody grants more than they hold, unless they may `escalate` roles or `bind` the role
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
 * `before` is the object that the write replaces. Throws 403.
 */
export function refuseEscalation(object: KubernetesObject, before: KubernetesObject | undefined, call: Call): void {
  const { kind } = call.resource
  if (call.user.groups.includes('system:masters') || (before && grantsTheSame(object, before))) return
  if (kind === 'ClusterRole' || kind === 'Role') refuseRole(object as Role, before, call)
  if (kind === 'ClusterRoleBinding' || kind === 'RoleBinding') refuseBinding(object as Binding, call)
}

/** Whether a write touches at most what garbage collection looks at. */
const grantsTheSame = (object: KubernetesObject, before: KubernetesObject): boolean =>
  equal(withoutBookkeeping(object, before), withoutBookkeeping(before, before))

function withoutBookkeeping(object: KubernetesObject, before: KubernetesObject): KubernetesObject {
  const { managedFields: _, ownerReferences: __, finalizers: ___, ...metadata } = object.metadata
  const { uid, resourceVersion, creationTimestamp } = before.metadata
  return { ...object, metadata: { uid, resourceVersion, creationTimestamp, ...metadata } as typeof before.metadata }
}

function refuseRole(role: Role, before: KubernetesObject | undefined, call: Call): void {
  const { resource, info } = call
  const { name } = role.metadata
  if (may('escalate', { group: info.group, resource: resource.plural, name: info.name }, call)) return
  refuseUncovered(name, role.rules ?? [], call)
  if (!isAggregated(role) && !(before && isAggregated(before))) return
  try {
    refuseUncovered(name, fullAuthority, call)
  } catch {
    throw forbidden(resource, name, 'must have cluster-admin privileges to use the aggregationRule')
  }
}

function refuseBinding(binding: Binding, call: Call): void {
  const { kind, name, apiGroup } = binding.roleRef
  const plural = { ClusterRole: 'clusterroles', Role: 'roles' }[kind]
  if (!plural) throw new Refusal(500, '', `unsupported role reference kind: ${JSON.stringify(kind)}`)
  if (kind === 'Role' && call.info.namespace === '') throw badRequest('Namespace parameter required.')
  if (may('bind', { group: apiGroup, resource: plural, name }, call)) return
  const rules = rulesBehind(binding.roleRef, call.info.namespace, call.cluster.kubernetes)
  // The role is looked for in the name of the request, so the answer names the request's own resource.
  if (typeof rules === 'string') throw notFound(call.resource, name)
  refuseUncovered(binding.metadata.name, rules, call)
}

const fullAuthority: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

const isAggregated = (role: KubernetesObject): boolean =>
  ((role.aggregationRule as { clusterRoleSelectors?: unknown[] } | undefined)?.clusterRoleSelectors?.length ?? 0) > 0

const may = (verb: string, what: { group: string; resource: string; name: string }, call: Call): boolean => {
  const { user, info, cluster, world } = call
  const asked = { isResource: true, verb, ...what, subresource: '', namespace: info.namespace } as const
  return authorize(user, asked, cluster, world).allowed
}

function refuseUncovered(name: string, wanted: PolicyRule[], { user, info, cluster, resource }: Call): void {
  const { rules: held, faults } = rulesOf(user, info.namespace, cluster.kubernetes)
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
function breakDown({
  verbs: given,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule) {
  const verbs = given ?? []
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
  const holds = (held: string[] | null | undefined, wanted: string[] | null | undefined) =>
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
    joined.set(key, { ...rest, verbs: [...(joined.get(key)?.verbs ?? []), ...(verbs ?? [])] })
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
