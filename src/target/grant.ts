import { sameResource } from '../azure/resource-id.ts'
import type { TargetInputs } from '../inputs.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { ARGOCD_ANNOTATION, fingerprint, HUB_ANNOTATION, isOurs } from '../mark.ts'
import { type Action, type Refusal, unchanged } from '../plan.ts'
import { promisesOf } from '../proof/promises.ts'
import {
  type Assignment,
  assignmentId,
  isAssignmentOf,
  isWithin,
  roleAssignment,
  scopeOf,
  withdrawnAssignment,
} from '../resources/role-assignment.ts'
import {
  type BoundSubject,
  bindingId,
  binds,
  type Grant,
  roleBinding,
  withdrawnBinding,
} from '../resources/role-binding.ts'
import type { TargetObservation } from './observe.ts'
import { isBroader, type Model, type TargetRole, titleOf } from './role.ts'

/** What a grant is planned from. */
type Seen = Pick<TargetObservation, 'grant' | 'identity' | 'target'>

/** What lets the identity in, and why it may not be done. */
export interface GrantPlan {
  actions: Action[]
  refusals: Refusal[]
  /** How the identity is let in once all of it is done, for the cluster Secret. */
  mark: string
}

/**
 * The identity is let in: what is missing is granted, and what another time granted otherwise is taken back once the new grant is
 * proven. What others granted is left, and named where it makes the role of this one moot.
 */
export function planGrant(inputs: TargetInputs, seen: Seen): GrantPlan {
  const { role } = seen.grant
  const mark = grantMark(inputs, role, seen.identity.principalId)
  const refusals = [...noSuchRole(inputs, seen), ...otherModel(inputs, seen), ...namespaceFaults(inputs, seen)]
  if (inputs.grant === 'none') return { actions: leftToOthers(inputs, seen), refusals, mark }
  const granted = role.model === 'azure' ? assigned(inputs, seen) : bound(inputs, seen)
  const needs = granted.actions.map(({ id }) => id)
  const kept = new Set(needs)
  const takenBack = [...bindingsTakenBack(inputs, seen, needs), ...assignmentsTakenBack(inputs, seen, needs)]
  return {
    actions: [...granted.actions, ...takenBack.filter(({ id }) => !kept.has(id)), ...broader(inputs, seen)],
    refusals: [...refusals, ...granted.refusals],
    mark,
  }
}

/** Each of the namespaces as a place; the whole cluster where none is named. */
export const placesOf = (namespaces: readonly string[]): { namespace?: string }[] =>
  namespaces.length > 0 ? namespaces.map(namespace => ({ namespace })) : [{}]

/** How an identity is let in, in a line that is the same for the same grant. */
export function grantMark(inputs: TargetInputs, { model, name }: TargetRole, principalId: string): string {
  if (inputs.grant === 'none') return 'none'
  const places = [...inputs.namespaces].sort().join(',') || '*'
  return [model, principalId, places, name].join(':')
}

/** What an earlier run wrote down; undefined where nobody did. */
export function parseGrantMark(mark: string | undefined): { model: Model; principalId: string } | undefined {
  const [, model, principalId = ''] = /^(kubernetes|azure):([^:]*):/.exec(mark ?? '') ?? []
  return model ? { model: model as Model, principalId } : undefined
}

const userOf = (principalId: string): BoundSubject => ({
  kind: 'User',
  name: principalId,
  apiGroup: 'rbac.authorization.k8s.io',
})

function bound(inputs: TargetInputs, seen: Seen) {
  const { role, clusterRoleBindings = [], roleBindings = [] } = seen.grant
  const bindings = grantsOf(inputs, seen).map(grant => {
    const { namespace } = grant
    const rights = role.promised ? promisesOf(role.promised, namespace ? [namespace] : []).map(([first]) => first!) : []
    const live = namespace ? roleBindings : clusterRoleBindings
    return roleBinding({ ...grant, ...(rights.length > 0 ? { rights } : {}) }, live, [])
  })
  return {
    actions: bindings.map(({ action }) => action),
    refusals: bindings.flatMap(({ refusals }) => refusals),
  }
}

function grantsOf({ hubCluster, argocdNamespace, namespaces }: TargetInputs, { identity, grant }: Seen) {
  const { principalId } = identity
  const { name: clusterRole } = grant.role
  const name = `argo-aks-onboard-${fingerprint(hubCluster.id.toLowerCase(), argocdNamespace, principalId, clusterRole)}`
  const common = { at: 'target', name, clusterRole, subject: userOf(principalId), hub: hubCluster.id } as const
  return placesOf(namespaces).map((place): Grant => ({ ...common, argocdNamespace, ...place }))
}

function assigned(inputs: TargetInputs, { grant, identity }: Seen) {
  const { name: role, title } = grant.role
  const { principalId } = identity
  const { targetCluster: cluster, hubCluster, argocdNamespace } = inputs
  const common = { cluster, role, title, principalId, hub: hubCluster.id, argocdNamespace }
  const wanted = placesOf(inputs.namespaces).map((place): Assignment => ({ ...common, ...place }))
  return { actions: wanted.map(one => roleAssignment(one, grant.roleAssignments, [])), refusals: [] }
}

/** Bindings that this action made for the same Argo CD and that are not what is asked for now. */
function bindingsTakenBack(inputs: TargetInputs, seen: Seen, needs: string[]): Action[] {
  const { role, clusterRoleBindings = [], roleBindings = [] } = seen.grant
  const wanted = role.model === 'kubernetes' ? grantsOf(inputs, seen) : []
  return [...clusterRoleBindings, ...roleBindings]
    .filter(isBindingFor(inputs))
    .filter(
      ({ metadata }) =>
        !wanted.some(({ name, namespace }) => metadata.name === name && metadata.namespace === namespace),
    )
    .map(binding => withdrawnBinding('target', binding, needs))
}

const isBindingFor =
  ({ hubCluster, argocdNamespace }: TargetInputs) =>
  (binding: KubernetesObject): boolean => {
    const { [HUB_ANNOTATION]: hub = '', [ARGOCD_ANNOTATION]: argocd } = binding.metadata.annotations ?? {}
    return isOurs(binding) && sameResource(hub, hubCluster.id) && argocd === argocdNamespace
  }

function assignmentsTakenBack(inputs: TargetInputs, { grant, identity }: Seen, needs: string[]): Action[] {
  const { targetCluster: cluster, hubCluster, argocdNamespace, namespaces } = inputs
  const { role, roleAssignments } = grant
  const scopes = role.model === 'azure' ? placesOf(namespaces).map(place => scopeOf({ cluster, ...place })) : []
  return roleAssignments
    .filter(found => isAssignmentOf(found, { hub: hubCluster.id, argocdNamespace }))
    .filter(({ scope }) => isWithin(scope, cluster.id))
    .filter(
      found =>
        found.role !== role.name ||
        found.principalId !== identity.principalId ||
        !scopes.some(scope => sameResource(scope, found.scope)),
    )
    .map(found => withdrawnAssignment(found, titleOf('azure', found.role), cluster, needs))
}

/** What others granted the same identity beyond what is asked for here. */
function broader(inputs: TargetInputs, { grant, identity }: Seen): Action[] {
  const { namespaces, targetCluster: cluster } = inputs
  const { role, clusterRoleBindings = [], roleBindings = [], roleAssignments } = grant
  const isNarrow = namespaces.length > 0
  const user = userOf(identity.principalId)
  const allows = (name: string) => `lets the identity in as ${name} already, so that ${role.title} bounds nothing`
  const bindings = [...clusterRoleBindings, ...roleBindings]
    .filter(binding => !isOurs(binding) && binds(binding, user) && binding.roleRef.kind === 'ClusterRole')
    .filter(({ kind, roleRef, metadata: { namespace } }) => {
      const isEverywhere = kind === 'ClusterRoleBinding'
      if (!isEverywhere && !namespaces.includes(namespace ?? '')) return false
      const than = role.promised?.kind === 'known' ? role.promised.role : role.name
      return isBroader('kubernetes', roleRef.name, than) || (isNarrow && isEverywhere && roleRef.name === than)
    })
    .map(binding => left(bindingId(binding), allows(binding.roleRef.name)))
  const assignments = roleAssignments
    .filter(({ principalId }) => principalId === identity.principalId)
    .filter(found => !isAssignmentOf(found, { hub: inputs.hubCluster.id, argocdNamespace: inputs.argocdNamespace }))
    .filter(
      ({ role: other, scope }) =>
        (isBroader('azure', other, role.name) &&
          (isWithin(cluster.id, scope) ||
            namespaces.some(name => sameResource(scope, `${cluster.id}/namespaces/${name}`)))) ||
        (isNarrow && other === role.name && isWithin(cluster.id, scope)),
    )
    .map(found => {
      const title = titleOf('azure', found.role)
      return left(assignmentId(found, { cluster, title }), allows(title))
    })
  return [...bindings, ...assignments]
}

/** With `grant: none` nothing is granted, and nothing is taken back: it may be all that lets the identity in. */
function leftToOthers(inputs: TargetInputs, { grant, identity }: Seen): Action[] {
  const ours = (grant.clusterRoleBindings ?? []).filter(isBindingFor(inputs))
  return [
    left(`access of identity ${identity.principalId}`, 'somebody else grants it, as the input grant says'),
    ...ours.map(binding =>
      left(bindingId(binding), 'made by an earlier run; delete it once somebody else has let the identity in'),
    ),
  ]
}

const left = (id: string, note: string): Action => ({ ...unchanged(id, {}, note), kind: 'left' })

function noSuchRole({ targetCluster, targetRole }: TargetInputs, { grant: { role } }: Seen): Refusal[] {
  const remedy = 'Correct the input target-role'
  if (!role.promised)
    return role.model === 'azure'
      ? [
          {
            what: `There is no Azure role ${targetRole}`,
            why: 'none that can be assigned on the cluster has that name or GUID',
            remedy: `${remedy}: cluster-admin, admin, edit, view, or the name or GUID of a role definition`,
          },
        ]
      : [
          {
            what: `There is no ClusterRole ${targetRole} on ${targetCluster.name}`,
            why: 'the identity is let in by Kubernetes RBAC there, and binding a role that does not exist grants nothing',
            remedy: `${remedy}, or create the ClusterRole first`,
          },
        ]
  return role.promised.kind === 'data actions' && promisesOf(role.promised, []).length === 0
    ? [
        {
          what: `The Azure role ${role.title} lets nobody into a cluster`,
          why: 'none of its data actions is one of Microsoft.ContainerService/managedClusters',
          remedy: `${remedy}: cluster-admin, or one of the roles Azure Kubernetes Service RBAC …`,
        },
      ]
    : []
}

function otherModel({ grant, targetCluster }: TargetInputs, seen: Seen): Refusal[] {
  if (grant !== 'azure' || seen.target.cluster.entra?.azureRbac) return []
  const { name, resourceGroup } = targetCluster
  return [
    {
      what: `AKS cluster ${name} does not look at role assignments`,
      why: 'Azure RBAC for Kubernetes authorization is off there, and grant says azure',
      remedy: `Set grant: auto, or enable it (az aks update --resource-group ${resourceGroup} --name ${name} --enable-azure-rbac)`,
    },
  ]
}

function namespaceFaults(inputs: TargetInputs, { grant: { missingNamespaces } }: Seen): Refusal[] {
  const { namespaces, clusterResources, targetCluster, grant } = inputs
  const list = missingNamespaces.join(', ')
  const [are, them] = missingNamespaces.length === 1 ? ['is', 'it'] : ['are', 'them']
  return [
    ...(missingNamespaces.length > 0
      ? [
          {
            what: `On ${targetCluster.name} there ${are} no namespace ${list}`,
            why: 'the identity can only be let into what is there',
            remedy: `Create ${them} (kubectl create namespace ${missingNamespaces[0]}), or remove ${them} from the input namespaces`,
          },
        ]
      : []),
    ...(clusterResources && namespaces.length > 0 && grant !== 'none'
      ? [
          {
            what: `Argo CD is to manage cluster-wide resources of ${targetCluster.name}, and the identity is let into ${namespaces.join(', ')} alone`,
            why: 'with namespaces the grant holds in these only, so Argo CD would fail to list what lies outside them',
            remedy: 'Remove cluster-resources or namespaces, or set grant: none and let somebody else grant more',
          },
        ]
      : []),
  ]
}
