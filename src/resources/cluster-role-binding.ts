import { isDeepStrictEqual } from 'node:util'
import { ClusterRoleBinding, type KubernetesObject, type ResourceAttributes } from '../kubernetes/cluster.ts'
import { HUB_ANNOTATION, isOurs, MANAGED_BY } from '../mark.ts'
import type { Action, Refusal } from '../plan.ts'
import { applied, rightsToApply } from './kubernetes-object.ts'

/** Who is bound: an Entra identity by its object id, or a service account of the hub. */
export type BoundSubject =
  | { kind: 'User'; name: string; apiGroup: 'rbac.authorization.k8s.io' }
  | { kind: 'ServiceAccount'; name: string; namespace: string }

const GROUP = 'rbac.authorization.k8s.io'

/**
 * A ClusterRole is bound to a subject. A binding of somebody else's that says the same is enough; ours is replaced where the
 * role differs, because `roleRef` cannot be changed (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example).
 */
export function clusterRoleBinding(
  at: 'hub' | 'target',
  name: string,
  clusterRole: string,
  subject: BoundSubject,
  hub: string,
  live: KubernetesObject[],
  needs: string[],
): { action: Action; refusals: Refusal[] } {
  const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: clusterRole }
  const grants = (binding: KubernetesObject) =>
    isDeepStrictEqual(binding.roleRef, roleRef) && (binding.subjects ?? []).some(isSame(subject))
  const equal = live.find(binding => grants(binding) && binding.metadata.name !== name)
  const mine = live.find(binding => binding.metadata.name === name)
  if (equal && !mine) return { action: equalBinding(equal), refusals: [] }
  if (mine && !isOurs(mine) && !grants(mine)) return { action: equalBinding(mine), refusals: [taken(at, mine)] }
  const { action, refusals } = applied({
    id: `ClusterRoleBinding ${name}`,
    at,
    object: {
      apiVersion: `${GROUP}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name, labels: MANAGED_BY, annotations: { [HUB_ANNOTATION]: hub } },
      roleRef,
      subjects: [subject],
    },
    live: mine,
    ours: true,
    needs,
  })
  if (action.writes.length > 0) {
    action.permissions.push({ at, ...rightToBind(clusterRole) })
    if (mine && !isDeepStrictEqual(mine.roleRef, roleRef)) action.writes.unshift(removal(at, mine))
  }
  return { action, refusals }
}

/** Binding a role asks for every right in it, or for the verb `bind` on it. */
const rightToBind = (name: string): ResourceAttributes => ({ verb: 'bind', group: GROUP, resource: 'clusterroles', name })

/** All that making such a binding takes. */
export const rightsToGrant = (clusterRole: string): ResourceAttributes[] => [
  ...rightsToApply(ClusterRoleBinding),
  rightToBind(clusterRole),
]

const isSame = (subject: BoundSubject) => (other: BoundSubject) =>
  other.kind === subject.kind &&
  other.name === subject.name &&
  (subject.kind === 'User' || (other as { namespace?: string }).namespace === subject.namespace)

const equalBinding = ({ metadata }: KubernetesObject): Action => ({
  id: `ClusterRoleBinding ${metadata.name}`,
  kind: 'unchanged',
  changes: [],
  writes: [],
  needs: [],
  permissions: [],
  found: {},
})

const removal = (at: 'hub' | 'target', { apiVersion, kind, metadata }: KubernetesObject) => ({
  at,
  verb: 'delete' as const,
  object: { apiVersion, kind, name: metadata.name, ...(metadata.uid ? { uid: metadata.uid } : {}) },
})

const taken = (at: string, { metadata }: KubernetesObject): Refusal => ({
  what: `ClusterRoleBinding ${metadata.name} on the ${at} is needed with another content`,
  why: 'it is there without the label app.kubernetes.io/managed-by: argo-aks-onboard, so it is not ours to change',
  remedy: `Delete it (kubectl delete clusterrolebinding ${metadata.name}) or give it that label, then run again`,
})
