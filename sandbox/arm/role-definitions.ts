import type { SandboxResponse } from '../exchange.ts'
import type { RoleDefinition, World } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { builtInRoles } from './built-in-roles.ts'
import { armError, notInSandbox } from './errors.ts'
import { keyOf, placeOf } from './resource-id.ts'
import type { Call, Route } from './route.ts'

const collection = '/providers/Microsoft.Authorization/roleDefinitions'
const action = 'Microsoft.Authorization/roleDefinitions/read'

/** Role definitions, read only: the Azure CLI turns a role's name into its id here. */
export const roleDefinitionRoutes: Route[] = [
  { method: 'GET', path: collection, action, apiVersions: apiVersions.roleDefinitions, answer: list },
  { method: 'GET', path: `${collection}/:name`, action, apiVersions: apiVersions.roleDefinitions, answer: get },
]

/** The definition of a role by its GUID, built-in or custom. */
export const roleDefinition = (world: World, name: string): RoleDefinition | undefined =>
  builtInRoles[keyOf(name)] ?? world.roleDefinitions[keyOf(name)]

/** Id of a role definition as the answers for a scope name it. */
export function roleDefinitionId(scope: string, name: string): string {
  const { subscription } = placeOf(scope)
  return `${subscription ? `/subscriptions/${subscription}` : ''}${collection}/${name}`
}

/** The answer where a role definition is not there. */
export const roleDefinitionNotFound = (status: 400 | 404, name: string): SandboxResponse =>
  armError(status, 'RoleDefinitionDoesNotExist', `The specified role definition with ID '${name}' does not exist.`)

/** https://learn.microsoft.com/azure/role-based-access-control/role-definitions-list#rest-api */
function list({ request, world, parameters }: Call): SandboxResponse {
  const filter = request.query.get('$filter') ?? ''
  const [, field, text = ''] = /^(roleName|type) eq '((?:[^']|'')*)'$/i.exec(filter.trim()) ?? []
  if (filter && !field) return notInSandbox(`the filter ${filter} on role definitions`)

  const wanted = text.replaceAll("''", "'")
  const found = [...Object.values(builtInRoles), ...Object.values(world.roleDefinitions)]
    .map(role => resourceOf(world, parameters.scope!, role))
    .filter(({ properties }) => !field || keyOf(properties[field as 'roleName' | 'type']) === keyOf(wanted))
  return { status: 200, body: { value: found } }
}

function get({ world, parameters }: Call): SandboxResponse {
  const found = roleDefinition(world, parameters.name!)
  if (!found) return roleDefinitionNotFound(404, parameters.name!)
  return { status: 200, body: resourceOf(world, parameters.scope!, found) }
}

function resourceOf(world: World, scope: string, role: RoleDefinition) {
  const { name, roleName, actions, notActions, dataActions, notDataActions } = role
  const isBuiltIn = builtInRoles[name] !== undefined
  return {
    properties: {
      roleName,
      type: isBuiltIn ? 'BuiltInRole' : 'CustomRole',
      description: '',
      assignableScopes: isBuiltIn ? ['/'] : world.subscriptions.map(({ id }) => `/subscriptions/${id}`),
      permissions: [{ actions, notActions, dataActions, notDataActions }],
    },
    id: roleDefinitionId(scope, name),
    type: 'Microsoft.Authorization/roleDefinitions',
    name,
  }
}
