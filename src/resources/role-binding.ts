import { isDeepStrictEqual } from 'node:util'
import { removals } from '../diff.ts'
import {
  ClusterRoleBinding,
  type Kind,
  type KubernetesObject,
  type ResourceAttributes,
  RoleBinding,
} from '../kubernetes/cluster.ts'
import { ARGOCD_ANNOTATION, HUB_ANNOTATION, idAnnotation, isOurs, MANAGED_BY } from '../mark.ts'
import { type Action, type Permission, type Refusal, unchanged } from '../plan.ts'
import { applied, rightsToApply } from './kubernetes-object.ts'

/** Who is bound: an Entra identity by its object id, or a service account of the hub. */
export type BoundSubject =
  | { kind: 'User'; name: string; apiGroup: 'rbac.authorization.k8s.io' }
  | { kind: 'ServiceAccount'; name: string; namespace: string }

/** What is granted, where, and for which hub. */
export interface Grant {
  at: 'hub' | 'target'
  /** Of the binding, where one has to be made. */
  name: string
  /** Where the role is granted; everywhere where none is named. */
  namespace?: string
  clusterRole: string
  subject: BoundSubject
  hub: string
  /** On targets: the namespace of the Argo CD for which it is granted, since a hub may have several. */
  argocdNamespace?: string
  /** What who holds all of it may grant without the verb `bind`: as much of the role as can be asked about. */
  rights?: ResourceAttributes[]
}

/**
 * The mark of AKS's own objects: its add-on manager may remove what bears it and is not in its own list
 * (https://github.com/kubernetes/kubernetes/blob/master/cluster/addons/addon-manager/README.md).
 */
const ADDON_LABELS = ['addonmanager.kubernetes.io/mode', 'kubernetes.io/cluster-service']
const isMarkedAsAddon = ({ metadata }: KubernetesObject): boolean =>
  ADDON_LABELS.some(label => metadata.labels?.[label] !== undefined)
const ADDON_NOTE = `its labels ${ADDON_LABELS.join(' and ')} let the add-on manager of AKS remove it: take them off`

const GROUP = 'rbac.authorization.k8s.io'

/**
 * A ClusterRole is bound to a subject. A binding of somebody else's that says the same is enough. Ours is replaced where somebody gave
 * it another role, because `roleRef` cannot be changed (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#clusterrolebinding-example).
 */
export function roleBinding(
  grant: Grant,
  live: KubernetesObject[],
  needs: string[],
): { action: Action; refusals: Refusal[] } {
  const { at, name, namespace, subject, hub, argocdNamespace } = grant
  const kind = kindFor(grant)
  const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: grant.clusterRole }
  const there = live.filter(({ metadata }) => metadata.namespace === namespace)
  const isSufficient = (binding: KubernetesObject) =>
    isDeepStrictEqual(binding.roleRef, roleRef) && binds(binding, subject)
  const mine = there.find(binding => binding.metadata.name === name)
  const another = there.find(binding => !isOurs(binding) && isSufficient(binding))
  if (another && !mine) {
    const note = ['says the same already', ...(isMarkedAsAddon(another) ? [ADDON_NOTE] : [])].join('; ')
    return { action: unchanged(bindingId(another), {}, note), refusals: [] }
  }
  if (mine && !isOurs(mine) && !isSufficient(mine))
    return { action: unchanged(bindingId(mine)), refusals: [taken(at, mine)] }
  const object = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      labels: MANAGED_BY,
      annotations: {
        ...idAnnotation(HUB_ANNOTATION, hub, mine),
        ...(argocdNamespace ? { [ARGOCD_ANNOTATION]: argocdNamespace } : {}),
      },
    },
    roleRef,
    subjects: [subject],
  }
  const { action, refusals } = applied({ id: bindingId(object), at, object, live: mine, ours: true, needs })
  if (action.writes.length > 0) {
    const right = rightToBind(grant)
    action.permissions.push({ at, ...right, ...(grant.rights ? { orElse: grant.rights } : {}) })
    if (mine && !isDeepStrictEqual(mine.roleRef, roleRef)) {
      action.writes = [deletion(at, mine), ...action.writes.map(write => ({ ...write, live: undefined }))]
      action.permissions.push(rightTo('delete', at, mine), rightTo('create', at, mine))
    }
  }
  return { action: mine && isMarkedAsAddon(mine) ? { ...action, note: ADDON_NOTE } : action, refusals }
}

/** Takes a binding of ours away, once what stands in its place is proven. */
export function withdrawnBinding(at: 'hub' | 'target', binding: KubernetesObject, needs: string[]): Action {
  const { apiVersion, kind, roleRef, subjects } = binding
  const { name, namespace, labels, annotations } = binding.metadata
  return {
    ...unchanged(bindingId(binding)),
    kind: 'delete',
    changes: removals({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, roleRef, subjects }),
    writes: [deletion(at, binding)],
    needs,
    permissions: [rightTo('delete', at, binding)],
    onceProven: true,
  }
}

/** All that making such a binding takes. */
export const rightsToGrant = (grant: Pick<Grant, 'clusterRole' | 'namespace'>): ResourceAttributes[] => [
  ...rightsToApply(kindFor(grant), grant.namespace),
  rightToBind(grant),
]

/** `RoleBinding dev/argo-aks-onboard-0123456789`. */
export const bindingId = ({ kind, metadata: { name, namespace } }: KubernetesObject): string =>
  `${kind} ${namespace ? `${namespace}/` : ''}${name}`

/** Whether a binding names a subject. */
export const binds = (binding: KubernetesObject, subject: BoundSubject): boolean =>
  (binding.subjects ?? []).some(
    (other: { kind: string; name: string; namespace?: string }) =>
      other.kind === subject.kind &&
      other.name === subject.name &&
      (subject.kind === 'User' || other.namespace === subject.namespace),
  )

const kindFor = ({ namespace }: { namespace?: string }): Kind => (namespace ? RoleBinding : ClusterRoleBinding)

/** Binding a role asks for every right in it, or for the verb `bind` on it, where it is bound. */
const rightToBind = ({ clusterRole, namespace }: Pick<Grant, 'clusterRole' | 'namespace'>): ResourceAttributes => ({
  verb: 'bind',
  group: GROUP,
  resource: 'clusterroles',
  ...(namespace ? { namespace } : {}),
  name: clusterRole,
})

const rightTo = (verb: string, at: 'hub' | 'target', { metadata }: KubernetesObject): Permission => {
  const { name, namespace } = metadata
  return { at, verb, group: GROUP, resource: kindFor(metadata).plural, ...(namespace ? { namespace } : {}), name }
}

const deletion = (at: 'hub' | 'target', { apiVersion, kind, metadata }: KubernetesObject) => {
  const { name, namespace, uid } = metadata
  const object = { apiVersion, kind, name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) }
  return { at, verb: 'delete' as const, object }
}

function taken(at: string, binding: KubernetesObject): Refusal {
  const { name, namespace } = binding.metadata
  const deletes = `kubectl delete ${binding.kind.toLowerCase()} ${name}${namespace ? ` --namespace ${namespace}` : ''}`
  return {
    what: `${bindingId(binding)} on the ${at} is needed with another content`,
    why: 'it is there without the label app.kubernetes.io/managed-by: argo-aks-onboard, so it is not ours to change',
    remedy: `Delete it (${deletes}) or give it that label, then run again`,
  }
}
