import type { KubernetesObject, KubernetesState } from '../world.ts'
import type { User } from './authentication.ts'
import type { RequestInfo } from './request-info.ts'
import { qualified } from './resources.ts'
import { find, list } from './storage.ts'

const rbacVersion = 'rbac.authorization.k8s.io/v1'

export interface PolicyRule {
  /** Null only in what was sent: a rule without verbs is refused. */
  verbs: string[] | null
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

export interface Role extends KubernetesObject {
  rules: PolicyRule[] | null
}

export interface Binding extends KubernetesObject {
  roleRef: RoleRef
  subjects?: Subject[]
}

export interface RoleRef {
  apiGroup: string
  kind: string
  name: string
}

export interface Subject {
  kind: string
  apiGroup?: string
  name: string
  namespace?: string
}

/** What is asked for; a review asks the same of RBAC as a request does. */
export type Attributes =
  | {
      isResource: true
      verb: string
      group: string
      resource: string
      subresource: string
      name: string
      namespace: string
    }
  | Extract<RequestInfo, { isResource: false }>

/** What an authorizer says; one that neither allows nor denies has no opinion. */
export interface Decision {
  allowed: boolean
  denied?: true
  /** Why, or which roles could not be found. */
  reason: string
  /** Why the authorizer could not decide. */
  error?: string
}

/** Decides by the rules of every binding that names the user or one of the groups. */
export function decideByRbac(user: User, asked: Attributes, state: KubernetesState): Decision {
  const faults: string[] = []
  for (const grant of grantsOf(user, asked.isResource ? asked.namespace : '', state)) {
    if ('missing' in grant) faults.push(grant.missing)
    else if (allows(grant.rule, asked)) return { allowed: true, reason: `RBAC: allowed by ${grant.source}` }
  }
  return { allowed: false, reason: faults.length > 0 ? `RBAC: ${aggregate(faults)}` : '' }
}

/** Every rule that the user holds in a namespace, cluster-wide ones included, and the roles that do not exist. */
export function rulesOf(
  user: User,
  namespace: string,
  state: KubernetesState,
): { rules: PolicyRule[]; faults: string[] } {
  const grants = [...grantsOf(user, namespace, state)]
  return {
    rules: grants.flatMap(grant => ('rule' in grant ? [grant.rule] : [])),
    faults: grants.flatMap(grant => ('missing' in grant ? [grant.missing] : [])),
  }
}

/** The rules behind a reference, or the sentence that says that the role does not exist. */
export function rulesBehind(roleRef: RoleRef, namespace: string, state: KubernetesState): PolicyRule[] | string {
  const isCluster = roleRef.kind === 'ClusterRole'
  const role = find(state, rbacVersion, isCluster ? 'clusterroles' : 'roles', isCluster ? '' : namespace, roleRef.name)
  if (role) return (role as Role).rules ?? []
  return `${qualified(rbacVersion, isCluster ? 'clusterrole' : 'role')} "${roleRef.name}" not found`
}

/** How several errors read as one, Go's utilerrors.Aggregate. */
export const aggregate = (messages: string[]): string => {
  const distinct = [...new Set(messages)]
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`
}

type Grant = { rule: PolicyRule; source: string } | { missing: string }

function* grantsOf(user: User, namespace: string, state: KubernetesState): Generator<Grant> {
  for (const binding of list(state, rbacVersion, 'clusterrolebindings') as Binding[]) {
    yield* grantsBy(binding, user, '', state)
  }
  if (namespace === '') return
  for (const binding of list(state, rbacVersion, 'rolebindings', namespace) as Binding[]) {
    yield* grantsBy(binding, user, namespace, state)
  }
}

function* grantsBy(binding: Binding, user: User, namespace: string, state: KubernetesState): Generator<Grant> {
  const subject = binding.subjects?.find(candidate => names(candidate, user, namespace))
  if (!subject) return
  const rules = rulesBehind(binding.roleRef, namespace, state)
  if (typeof rules === 'string') {
    yield { missing: rules }
    return
  }
  const { kind, name } = binding.roleRef
  const holder = namespace ? `${binding.metadata.name}/${namespace}` : binding.metadata.name
  const source = `${binding.kind} "${holder}" of ${kind} "${name}" to ${describe(subject, namespace)}`
  for (const rule of rules) yield { rule, source }
}

const names = (subject: Subject, user: User, bindingNamespace: string): boolean => {
  if (subject.kind === 'User') return subject.name === user.name
  if (subject.kind === 'Group') return user.groups.includes(subject.name)
  return user.name === `system:serviceaccount:${subject.namespace || bindingNamespace}:${subject.name}`
}

const describe = ({ kind, name, namespace }: Subject, bindingNamespace: string): string =>
  kind === 'ServiceAccount' ? `${kind} "${name}/${namespace || bindingNamespace}"` : `${kind} "${name}"`

function allows(rule: PolicyRule, asked: Attributes): boolean {
  if (!matches(rule.verbs, asked.verb)) return false
  if (!asked.isResource) return (rule.nonResourceURLs ?? []).some(url => matchesUrl(url, asked.path))
  const { group, resource, subresource, name } = asked
  const combined = subresource ? `${resource}/${subresource}` : resource
  return (
    matches(rule.apiGroups, group) &&
    (matches(rule.resources, combined) || (subresource !== '' && !!rule.resources?.includes(`*/${subresource}`))) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  )
}

const matches = (allowed: string[] | null | undefined, wanted: string): boolean =>
  !!allowed && (allowed.includes('*') || allowed.includes(wanted))

/** Whether a nonResourceURLs entry, which may end with `*`, covers a path. */
export const matchesUrl = (url: string, path: string): boolean =>
  url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')))
