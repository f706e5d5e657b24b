import type { Azure, RoleAssignment } from '../azure/azure.ts'
import type { TargetInputs } from '../inputs.ts'
import {
  type Cluster,
  ClusterRole,
  ClusterRoleBinding,
  type KubernetesObject,
  Namespace,
  type Read,
  type ResourceAttributes,
  RoleBinding,
} from '../kubernetes/cluster.ts'
import { MANAGED_BY } from '../mark.ts'
import { rightsToGrant } from '../resources/role-binding.ts'
import { grantMark, parseGrantMark, placesOf } from './grant.ts'
import type { Located } from './observe.ts'
import { azureRole, clusterRole, knownRole, modelOf, type TargetRole } from './role.ts'

/** How the identity is let in so far, and what it is to be let in as. */
export interface GrantObservation {
  role: TargetRole
  /** All that there are; those of ours where only a leftover could matter; undefined where nothing of them can. */
  clusterRoleBindings: KubernetesObject[] | undefined
  roleBindings: KubernetesObject[] | undefined
  /** The identity's, and an earlier identity's. */
  roleAssignments: RoleAssignment[]
  /** Of the namespaces that are asked for, those that the target does not have. */
  missingNamespaces: string[]
}

/** What to look at where a grant of ours may be left from another time. */
const OURS = {
  clusterRoleBindings: { kind: ClusterRoleBinding, labels: MANAGED_BY },
  roleBindings: { kind: RoleBinding, labels: MANAGED_BY },
} satisfies Record<string, Read>

/** Reads what the grant itself needs, in one wave. */
export async function observeGrant(
  inputs: TargetInputs,
  azure: Azure,
  { target: { cluster, kubernetes }, identity: { principalId } }: Located,
): Promise<GrantObservation> {
  const { grant, namespaces, targetRole, targetCluster, verify } = inputs
  const model = modelOf(inputs, cluster.entra)
  const isAzure = model === 'azure'
  const known = knownRole(model, targetRole)
  const binds = grant !== 'none' && !isAzure
  const reads: Record<string, Read> = {
    // Bindings count beside role assignments, and the proof has to know by now how the target is reached.
    ...(binds || verify ? { clusterRoleBindings: { kind: ClusterRoleBinding } } : {}),
    ...(binds && namespaces.length > 0 ? { roleBindings: { kind: RoleBinding } } : {}),
    ...(namespaces.length > 0 ? { namespaces: { kind: Namespace } } : {}),
    ...(known || isAzure || !isClusterRoleName(targetRole)
      ? {}
      : { clusterRole: { kind: ClusterRole, name: targetRole } }),
  }
  const [objects, role, roleAssignments] = await Promise.all([
    kubernetes.read(reads, { questions: binds ? foreseenRights(inputs) : [], reads: Object.values(OURS) }),
    isAzure && !known ? azure.roleDefinition(targetCluster, targetRole) : undefined,
    isAzure && grant !== 'none' ? azure.roleAssignments(targetCluster, principalId) : [],
  ])
  const names = objects.namespaces?.map(({ metadata }) => metadata.name)
  return {
    role: known ?? (isAzure ? azureRole(targetRole, role) : clusterRole(targetRole, objects.clusterRole?.[0])),
    clusterRoleBindings: objects.clusterRoleBindings,
    roleBindings: objects.roleBindings,
    roleAssignments,
    missingNamespaces: names ? namespaces.filter(name => !names.includes(name)) : [],
  }
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names#path-segment-names; an Azure role's name is none. */
const isClusterRoleName = (name: string): boolean => /^[^/%\s?#]+$/.test(name) && !/^\.\.?$/.test(name)

/**
 * Looks for grants of ours that another time left, wherever one could be. Not where the cluster Secret says, by the last thing that such
 * a run wrote, that the identity was let in as it is now: so that a run with nothing to do asks for none of it.
 */
export async function observeLeftovers(
  inputs: TargetInputs,
  azure: Azure,
  { target: { cluster, kubernetes }, identity: { principalId } }: Located,
  seen: GrantObservation,
  mark: string | undefined,
): Promise<GrantObservation> {
  if (inputs.grant === 'none' || mark === grantMark(inputs, seen.role, principalId)) return seen
  const before = parseGrantMark(mark)
  const byAzure = cluster.entra?.azureRbac || before?.model === 'azure' || seen.role.model === 'azure'
  const principals = new Set([principalId, before?.principalId ?? principalId])
  if (seen.role.model === 'azure') principals.delete(principalId)
  const [clusterRoleBindings, roleBindings, ...assignments] = await Promise.all([
    seen.clusterRoleBindings ?? ofOurs(kubernetes, OURS.clusterRoleBindings),
    seen.roleBindings ?? ofOurs(kubernetes, OURS.roleBindings),
    ...[...(byAzure ? principals : [])].map(id => readable(azure.roleAssignments(inputs.targetCluster, id))),
  ])
  return {
    ...seen,
    clusterRoleBindings,
    roleBindings,
    roleAssignments: [...seen.roleAssignments, ...assignments.flat()],
  }
}

const ofOurs = (kubernetes: Cluster, ours: Read): Promise<KubernetesObject[]> =>
  readable(kubernetes.read({ ours }).then(({ ours }) => ours))

/** Who may not read them did not make them. */
async function readable<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer
  } catch (error) {
    const { status, statusCode = status } = error as { status?: number; statusCode?: number }
    if (statusCode === 403) return []
    throw error
  }
}

/** What the plan may turn out to need on the target. */
const foreseenRights = ({ namespaces, targetRole: clusterRole }: TargetInputs): ResourceAttributes[] =>
  placesOf(namespaces).flatMap(place => rightsToGrant({ clusterRole, ...place }))
