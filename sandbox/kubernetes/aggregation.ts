import type { KubernetesObject, KubernetesState } from '../world.ts'
import type { PolicyRule, Role } from './rbac.ts'
import { type LabelSelector, selects } from './selectors.ts'
import { apply } from './server-side-apply/apply.ts'
import { ownersOf, withManagedFields, withoutManagedFields } from './server-side-apply/managed-fields.ts'
import { equal } from './server-side-apply/typed-value.ts'
import { list, store } from './storage.ts'

const rbacVersion = 'rbac.authorization.k8s.io/v1'

/**
 * The aggregated ClusterRoles whose rules are out of date, with those that they shall have. It is a controller's work:
 * on a bare kube-apiserver `view`, `edit` and `admin` have no rules at all
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles).
 */
export function aggregateRules(roles: Role[], time: string): Role[] {
  return roles.flatMap(role => {
    const wanted = rulesFor(role, roles)
    return wanted === undefined || equal(role.rules ?? [], wanted) ? [] : [withRules(role, wanted, time)]
  })
}

/** Undefined for a role that gathers none. */
function rulesFor(role: Role, roles: Role[]): PolicyRule[] | undefined {
  const { clusterRoleSelectors } = (role.aggregationRule ?? {}) as { clusterRoleSelectors?: LabelSelector[] }
  if (!clusterRoleSelectors) return undefined
  const sources = clusterRoleSelectors.flatMap(selector =>
    roles.filter(other => other.metadata.name !== role.metadata.name && selects(selector, other.metadata.labels)),
  )
  const rules: PolicyRule[] = []
  for (const rule of sources.flatMap(source => source.rules ?? [])) {
    if (!rules.some(known => equal(known, rule))) rules.push(rule)
  }
  return rules
}

/** Applied as the controller does, so that the rules are its own. */
function withRules(role: Role, rules: PolicyRule[], time: string): Role {
  const { apiVersion, kind, metadata } = role
  const config = {
    apiVersion,
    kind,
    metadata: { name: metadata.name },
    rules: rules.length > 0 ? rules : null,
  } as KubernetesObject
  const owner = { manager: 'clusterrole-aggregation-controller', operation: 'Apply' as const, apiVersion }
  const result = apply(withoutManagedFields(role), config, ownersOf(role), { owner, time, ignored: [], force: true })
  if ('conflicts' in result) throw new Error(`a forced apply of ${metadata.name} met a conflict`)
  return withManagedFields(result.object, result.owners) as Role
}

/** Aggregates until nothing changes: `admin` gathers `edit`, which gathers `view`. */
export function aggregateClusterRoles(state: KubernetesState, time: string): void {
  for (let round = 0; round < 5; round += 1) {
    const changed = aggregateRules(list(state, rbacVersion, 'clusterroles') as Role[], time)
    if (changed.length === 0) return
    for (const role of changed) store(state, role)
  }
}
