import type { SandboxResponse } from '../exchange.ts'
import type { RoleAssignment, World } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { contains, roleDefinition } from './authorization.ts'
import { armError, badRequest, notInSandbox } from './errors.ts'
import { keyOf, placeOf } from './resource-id.ts'
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
    principalType: wanted.principalType ?? 'ServicePrincipal',
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
  if (!wanted.roleDefinitionId || !wanted.principalId)
    return badRequest('A role assignment needs roleDefinitionId and principalId.')
  if (!roleDefinition(world, lastSegment(wanted.roleDefinitionId))) {
    return armError(
      400,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${lastSegment(wanted.roleDefinitionId)}' does not exist.`,
    )
  }
  return wanted.principalType || isPrincipal(world, wanted.principalId)
    ? undefined
    : principalNotFound(world, wanted.principalId)
}

const isPrincipal = (world: World, id: string): boolean =>
  world.applications.some(({ objectId, groups }) => objectId === id || groups.includes(id)) ||
  Object.values(world.identities).some(({ principalId }) => principalId === id)

const groupsOf = (world: World, principal: string): string[] =>
  world.applications.find(({ objectId }) => objectId === principal)?.groups ?? []

const sameGrant = (one: RoleAssignment, other: RoleAssignment): boolean =>
  keyOf(one.scope) === keyOf(other.scope) &&
  one.roleDefinition === other.roleDefinition &&
  one.principalId === other.principalId

function resourceOf({ id, name, scope, roleDefinition, principalId, principalType }: RoleAssignment) {
  const { subscription } = placeOf(scope)
  const place = subscription ? `/subscriptions/${subscription}` : ''
  return {
    properties: {
      roleDefinitionId: `${place}/providers/Microsoft.Authorization/roleDefinitions/${roleDefinition}`,
      principalId,
      principalType,
      scope,
      condition: null,
      conditionVersion: null,
    },
    id,
    type: 'Microsoft.Authorization/roleAssignments',
    name,
  }
}

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

const principalNotFound = ({ tenantId }: World, id: string): SandboxResponse =>
  armError(
    400,
    'PrincipalNotFound',
    `Principal ${plain(id)} does not exist in the directory ${tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype`,
  )
