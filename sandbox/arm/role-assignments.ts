import type { SandboxResponse } from '../exchange.ts'
import { now, type RoleAssignment, type World } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { contains } from './authorization.ts'
import { armError, badRequest, notInSandbox } from './errors.ts'
import { keyOf } from './resource-id.ts'
import { roleDefinition, roleDefinitionId, roleDefinitionNotFound } from './role-definitions.ts'
import type { Call, Route } from './route.ts'

const collection = '/providers/Microsoft.Authorization/roleAssignments'
const action = 'Microsoft.Authorization/roleAssignments'

/** Role assignments, at any scope. */
export const roleAssignmentRoutes: Route[] = [
  { method: 'GET', path: collection, action: `${action}/read`, apiVersions: apiVersions.authorization, answer: list },
  {
    method: 'GET',
    path: `${collection}/:name`,
    action: `${action}/read`,
    apiVersions: apiVersions.authorization,
    answer: get,
  },
  {
    method: 'PUT',
    path: `${collection}/:name`,
    action: `${action}/write`,
    apiVersions: apiVersions.authorization,
    answer: put,
  },
  {
    method: 'DELETE',
    path: `${collection}/:name`,
    action: `${action}/delete`,
    apiVersions: apiVersions.authorization,
    answer: remove,
  },
]

/** https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest */
function list({ request, world, parameters }: Call): SandboxResponse {
  const scope = parameters.scope!
  const filter = request.query.get('$filter') ?? ''
  const [, principal] = /(?:principalId eq |assignedTo\()'([^']+)'/i.exec(filter) ?? []
  const onlyAbove = /atScope\(\)/i.test(filter)
  if (filter && !principal && !onlyAbove) return notInSandbox(`the filter ${filter} on role assignments`)
  if (onlyAbove && /principalId eq/i.test(filter)) return unsupportedFilter(filter)

  const wanted = principal && [principal, ...(/assignedTo/i.test(filter) ? groupsOf(world, principal) : [])]
  const found = Object.values(world.roleAssignments).filter(
    assignment =>
      (contains(assignment.scope, scope) || (!onlyAbove && contains(scope, assignment.scope))) &&
      (!wanted || wanted.includes(assignment.principalId)),
  )
  return { status: 200, body: { value: found.map(resourceOf) } }
}

function get({ world, path, parameters }: Call): SandboxResponse {
  const found = world.roleAssignments[keyOf(path)]
  if (found) return { status: 200, body: resourceOf(found) }
  return armError(404, 'RoleAssignmentNotFound', `The role assignment '${parameters.name}' is not found.`)
}

function put({ world, path, parameters, body }: Call): SandboxResponse {
  const scope = parameters.scope!
  const name = parameters.name!
  const wanted = (body.properties ?? {}) as Record<string, string | undefined>
  const fault = assignmentFault(world, name, wanted)
  if (fault) return fault

  const assignment: RoleAssignment = {
    id: `${scope}${collection}/${name}`,
    name,
    scope,
    roleDefinition: lastSegment(wanted.roleDefinitionId!).toLowerCase(),
    principalId: wanted.principalId!,
    principalType: wanted.principalType ?? principalTypeOf(world, wanted.principalId!)!,
    ...(wanted.description && { description: wanted.description }),
    createdOn: new Date(now(world)).toISOString(),
    ...(world.delays.roleAssignment > 0 && { unseenFor: world.delays.roleAssignment }),
  }
  const existing = world.roleAssignments[keyOf(path)]
  if (existing) {
    return sameGrant(existing, assignment) ? { status: 200, body: resourceOf(existing) } : updateNotPermitted()
  }
  const equal = Object.values(world.roleAssignments).find(other => sameGrant(other, assignment))
  if (equal) return alreadyExists(equal)
  world.roleAssignments[keyOf(path)] = assignment
  return { status: 201, body: resourceOf(assignment) }
}

function remove({ world, path }: Call): SandboxResponse {
  const existing = world.roleAssignments[keyOf(path)]
  if (!existing) return { status: 204 }
  delete world.roleAssignments[keyOf(path)]
  return { status: 200, body: resourceOf(existing) }
}

function assignmentFault(
  world: World,
  name: string,
  wanted: Record<string, string | undefined>,
): SandboxResponse | undefined {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)) {
    return armError(
      400,
      'InvalidRoleAssignmentId',
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    )
  }
  if (wanted.condition) return notInSandbox('conditions of role assignments')
  if (wanted.delegatedManagedIdentityResourceId) return notInSandbox('delegated managed identities')
  if (!wanted.roleDefinitionId || !wanted.principalId)
    return badRequest('A role assignment needs roleDefinitionId and principalId.')
  const role = lastSegment(wanted.roleDefinitionId)
  if (!roleDefinition(world, role)) return roleDefinitionNotFound(400, role)
  return principalFault(world, wanted.principalId, wanted.principalType)
}

/** Who names the principal's type is believed while Azure's own copy of the directory lacks the principal. */
function principalFault(world: World, id: string, type: string | undefined): SandboxResponse | undefined {
  const identity = Object.values(world.identities).find(({ principalId }) => principalId === id)
  const isUnseen = !!identity?.unseenFor?.assignments
  const actual = isUnseen ? undefined : principalTypeOf(world, id)
  if (isUnseen && !type) identity.unseenFor!.assignments -= 1
  if (!actual) return type ? undefined : principalNotFound(world, id)
  return type && keyOf(type) !== keyOf(actual) ? unmatchedType(id, actual, type) : undefined
}

function principalTypeOf(world: World, id: string): 'ServicePrincipal' | 'Group' | undefined {
  if (world.applications.some(({ groups }) => groups.includes(id))) return 'Group'
  const isServicePrincipal =
    world.applications.some(({ objectId }) => objectId === id) ||
    Object.values(world.identities).some(({ principalId }) => principalId === id)
  return isServicePrincipal ? 'ServicePrincipal' : undefined
}

const groupsOf = (world: World, principal: string): string[] =>
  world.applications.find(({ objectId }) => objectId === principal)?.groups ?? []

const sameGrant = (one: RoleAssignment, other: RoleAssignment): boolean =>
  keyOf(one.scope) === keyOf(other.scope) &&
  one.roleDefinition === other.roleDefinition &&
  one.principalId === other.principalId

const resourceOf = (assignment: RoleAssignment) => ({
  properties: {
    roleDefinitionId: roleDefinitionId(assignment.scope, assignment.roleDefinition),
    principalId: assignment.principalId,
    principalType: assignment.principalType,
    scope: assignment.scope,
    condition: null,
    conditionVersion: null,
    ...(assignment.description && { description: assignment.description }),
    ...(assignment.createdOn && { createdOn: assignment.createdOn, updatedOn: assignment.createdOn }),
  },
  id: assignment.id,
  type: 'Microsoft.Authorization/roleAssignments',
  name: assignment.name,
})

const lastSegment = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

const plain = (guid: string): string => guid.replaceAll('-', '')

const alreadyExists = ({ name }: RoleAssignment): SandboxResponse =>
  armError(
    409,
    'RoleAssignmentExists',
    `The role assignment already exists. The ID of the existing role assignment is ${plain(name)}.`,
  )

const updateNotPermitted = (): SandboxResponse =>
  armError(
    400,
    'RoleAssignmentUpdateNotPermitted',
    'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
  )

/** The misspelling is Azure's. */
const unmatchedType = (id: string, actual: string, sent: string): SandboxResponse =>
  armError(
    400,
    'UnmatchedPrincipalType',
    `The PrincipalId '${plain(id)}' has type '${actual}' , which is different from specified PrinciaplType '${sent}'.`,
  )

const unsupportedFilter = (filter: string): SandboxResponse =>
  armError(
    400,
    'UnsupportedQuery',
    `The filter '${filter}' is not supported. Supported filters are either 'atScope()' or 'principalId eq '{value}' or assignedTo('{value}')'.`,
  )

const principalNotFound = ({ tenantId }: World, id: string): SandboxResponse =>
  armError(
    400,
    'PrincipalNotFound',
    `Principal ${plain(id)} does not exist in the directory ${tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype`,
  )
