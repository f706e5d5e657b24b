import { createHash } from 'node:crypto'
import type { RoleAssignment } from '../azure/azure.ts'
import { type ManagedClusterId, sameResource } from '../azure/resource-id.ts'
import { differences, removals } from '../diff.ts'
import { type Action, type Permission, unchanged } from '../plan.ts'

/** Which role is given to whom, where, and for which Argo CD. */
export interface Assignment {
  cluster: ManagedClusterId
  /** Where the role is given; in the whole cluster where none is named. */
  namespace?: string
  /** GUID of the role definition, and what people call it. */
  role: string
  title: string
  principalId: string
  hub: string
  argocdNamespace: string
}

/** Azure has no field for a mark, so the name of an assignment is one: it follows from what it says and for whom. */
type Marked = Pick<Assignment, 'role' | 'principalId' | 'hub' | 'argocdNamespace'> & { scope: string }

/**
 * A role is assigned to a principal at a cluster, or at one of its namespaces
 * (https://learn.microsoft.com/azure/aks/manage-azure-rbac#create-role-assignments-for-users-to-access-the-cluster). The same role at
 * the same scope, or for a whole cluster above it, is enough: Azure does not take it twice.
 */
export function roleAssignment(wanted: Assignment, live: RoleAssignment[], needs: string[]): Action {
  const { cluster, namespace, role, principalId, hub, argocdNamespace } = wanted
  const scope = scopeOf(wanted)
  const isSame = (other: RoleAssignment) => other.role === role && other.principalId === principalId
  const equal = live.find(other => isSame(other) && sameResource(other.scope, scope))
  const above = live.find(other => isSame(other) && !namespace && isWithin(cluster.id, other.scope))
  const found = equal ?? above
  if (found) {
    const note = isAssignmentOf(found, wanted) ? undefined : 'somebody else gave it'
    return unchanged(assignmentId(found, wanted), { createdOn: found.createdOn }, note)
  }
  const body = {
    properties: {
      roleDefinitionId: `/subscriptions/${cluster.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      principalId,
      // Without it Azure looks the principal up in a copy of the directory that may not know it yet.
      principalType: 'ServicePrincipal',
      description: `argo-aks-onboard: for Argo CD in namespace ${argocdNamespace} of ${hub}`,
    },
  }
  return {
    id: assignmentId({ scope, principalId }, wanted),
    kind: 'create',
    changes: differences(body, undefined),
    writes: [
      {
        at: 'azure',
        verb: 'put',
        type: 'roleAssignments',
        id: cluster,
        child: pathOf(scope, nameOf({ ...wanted, scope }), cluster),
        body,
      },
    ],
    needs,
    permissions: [rightTo('write', cluster)],
    found: {},
  }
}

/** Takes an assignment of ours away, once what stands in its place is proven. */
export function withdrawnAssignment(
  assignment: RoleAssignment,
  title: string,
  cluster: ManagedClusterId,
  needs: string[],
): Action {
  const { scope, name, roleDefinitionId, principalId, principalType, description } = assignment
  return {
    ...unchanged(assignmentId(assignment, { cluster, title })),
    kind: 'delete',
    changes: removals({ properties: { roleDefinitionId, principalId, principalType, description } }),
    writes: [
      { at: 'azure', verb: 'delete', type: 'roleAssignments', id: cluster, child: pathOf(scope, name, cluster) },
    ],
    needs,
    permissions: [rightTo('delete', cluster)],
    onceProven: true,
  }
}

/** Whether an assignment is one that this action made for this Argo CD. */
export const isAssignmentOf = (
  { name, role, principalId, scope }: RoleAssignment,
  { hub, argocdNamespace }: Pick<Assignment, 'hub' | 'argocdNamespace'>,
): boolean => name.toLowerCase() === nameOf({ role, principalId, scope, hub, argocdNamespace })

/** Whether a scope is another one or lies within it. */
export const isWithin = (scope: string, other: string): boolean =>
  `${scope.toLowerCase()}/`.startsWith(`${other.toLowerCase().replace(/\/$/, '')}/`)

/** `role assignment Reader of 0000… on devworkloadaks1/namespaces/dev`. */
export const assignmentId = (
  { scope, principalId }: Pick<RoleAssignment, 'scope' | 'principalId'>,
  { cluster, title }: Pick<Assignment, 'cluster' | 'title'>,
): string => {
  const where = isWithin(scope, cluster.id) ? cluster.name + scope.slice(cluster.id.length) : scope
  return `role assignment ${title} of ${principalId} on ${where}`
}

/** The scope of an assignment. */
export const scopeOf = ({ cluster, namespace }: Pick<Assignment, 'cluster' | 'namespace'>): string =>
  namespace ? `${cluster.id}/namespaces/${namespace}` : cluster.id

const pathOf = (scope: string, name: string, cluster: ManagedClusterId): string =>
  `${scope.slice(cluster.id.length + 1)}/providers/Microsoft.Authorization/roleAssignments/${name}`.replace(/^\//, '')

/** A GUID made of what it stands for: version 8 of https://www.rfc-editor.org/rfc/rfc9562. */
function nameOf({ hub, argocdNamespace, role, principalId, scope }: Marked): string {
  const what = [hub, argocdNamespace, role, principalId, scope].join('\n').toLowerCase()
  const hex = createHash('sha256').update(what).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

const rightTo = (verb: 'write' | 'delete', cluster: ManagedClusterId): Permission => ({
  at: 'azure',
  scope: cluster,
  action: `Microsoft.Authorization/roleAssignments/${verb}`,
})
