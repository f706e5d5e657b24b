import type { KubernetesState } from '../world.ts'
import type { PolicyRule, Role } from './rbac.ts'
import { type LabelSelector, selects } from './selectors.ts'
import { equal } from './server-side-apply/typed-value.ts'
import { list, store } from './storage.ts'

const rbacVersion = 'rbac.authorization.k8s.io/v1'

/**
 * Gathers the rules of aggregated ClusterRoles, which is a controller's work: on a bare kube-apiserver `view`, `edit`
 * and `admin` have no rules at all (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles).
 */
export function aggregateRules(roles: Role[]): Role[] {
  return roles.flatMap(role => {
    const selectors = (role.aggregationRule as { clusterRoleSelectors?: LabelSelector[] } | undefined)
      ?.clusterRoleSelectors
    if (!selectors) return []
    const sources = selectors.flatMap(selector =>
      roles.filter(other => other !== role && selects(selector, other.metadata.labels)),
    )
    const rules: PolicyRule[] = []
    for (const rule of [...new Set(sources)].flatMap(source => source.rules ?? [])) {
      if (!rules.some(known => equal(known as never, rule as never))) rules.push(rule)
    }
    return equal((role.rules ?? []) as never, rules as never) ? [] : [{ ...role, rules }]
  })
}

/** Aggregates until nothing changes: `admin` gathers `edit`, which gathers `view`. */
export function aggregateClusterRoles(state: KubernetesState): void {
  for (let round = 0; round < 5; round += 1) {
    const changed = aggregateRules(list(state, rbacVersion, 'clusterroles') as Role[])
    if (changed.length === 0) return
    for (const role of changed) store(state, role)
  }
}
