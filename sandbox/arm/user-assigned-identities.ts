import type { SandboxResponse } from '../exchange.ts'
import { type ManagedIdentity, uuid, type World } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { contains } from './authorization.ts'
import { armError, badRequest, resourceNotFound } from './errors.ts'
import { page } from './paging.ts'
import { authorizationScope, identityId, keyOf, resourceGroupId } from './resource-id.ts'
import type { Call, Route } from './route.ts'

const collection = '/providers/Microsoft.ManagedIdentity/userAssignedIdentities'
const identity = `/subscriptions/:subscription/resourceGroups/:resourceGroup${collection}/:name`
const action = 'Microsoft.ManagedIdentity/userAssignedIdentities'

/** User-assigned managed identities. */
export const userAssignedIdentityRoutes: Route[] = [
  { method: 'GET', path: identity, action: `${action}/read`, apiVersions: apiVersions.managedIdentity, answer: get },
  { method: 'PUT', path: identity, action: `${action}/write`, apiVersions: apiVersions.managedIdentity, answer: put },
  {
    method: 'PATCH',
    path: identity,
    action: `${action}/write`,
    apiVersions: apiVersions.managedIdentity,
    answer: patch,
  },
  {
    method: 'DELETE',
    path: identity,
    action: `${action}/delete`,
    apiVersions: apiVersions.managedIdentity,
    answer: remove,
  },
  ...[
    `/subscriptions/:subscription${collection}`,
    `/subscriptions/:subscription/resourceGroups/:resourceGroup${collection}`,
  ].map(
    (path): Route => ({
      method: 'GET',
      path,
      action: `${action}/read`,
      apiVersions: apiVersions.managedIdentity,
      answer: list,
    }),
  ),
]

/** The answer where an identity is not there. */
export const identityNotFound = ({ resourceGroup, name }: Record<string, string>): SandboxResponse =>
  resourceNotFound('Microsoft.ManagedIdentity/userAssignedIdentities', name!, resourceGroup!)

function get({ world, path, parameters }: Call): SandboxResponse {
  const identity = world.identities[keyOf(path)]
  return identity ? { status: 200, body: resourceOf(world, identity) } : identityNotFound(parameters)
}

function list(call: Call): SandboxResponse {
  const identities = Object.values(call.world.identities).filter(({ id }) =>
    contains(authorizationScope(call.path), id),
  )
  return {
    status: 200,
    body: page(
      call,
      identities.map(identity => resourceOf(call.world, identity)),
      100,
    ),
  }
}

function put({ world, path, parameters, body }: Call): SandboxResponse {
  const { location, tags = {} } = body as { location?: string; tags?: Record<string, string> }
  const existing = world.identities[keyOf(path)]
  const delay = world.delays.identity
  if (!location) {
    return armError(400, 'LocationRequired', 'The location property is required for this definition.')
  }
  if (existing) {
    if (existing.location !== location) return locationConflict(existing, location, parameters.resourceGroup!)
    existing.tags = tags
    return { status: 200, body: resourceOf(world, existing) }
  }
  if (!/^[a-z0-9][a-z0-9_-]{2,127}$/i.test(parameters.name!)) {
    return badRequest(`The name '${parameters.name}' of a user-assigned identity is not valid.`)
  }

  const { id: subscription } = world.subscriptions.find(({ id }) => keyOf(id) === keyOf(parameters.subscription!))!
  const group = world.resourceGroups[keyOf(resourceGroupId(subscription, parameters.resourceGroup!))]!
  const created: ManagedIdentity = {
    id: identityId(subscription, group.name, parameters.name!),
    name: parameters.name!,
    location,
    tags,
    clientId: uuid(world),
    principalId: uuid(world),
    federatedCredentials: {},
    ...(delay > 0 && { unseenFor: { assignments: delay, tokens: delay } }),
  }
  world.identities[keyOf(path)] = created
  return { status: 201, headers: { location: created.id }, body: resourceOf(world, created) }
}

/** Tags come as a whole, here as everywhere in Azure. */
function patch({ world, path, parameters, body }: Call): SandboxResponse {
  const existing = world.identities[keyOf(path)]
  if (!existing) return identityNotFound(parameters)
  existing.tags = (body.tags as Record<string, string> | undefined) ?? existing.tags
  return { status: 200, body: resourceOf(world, existing) }
}

function remove({ world, path }: Call): SandboxResponse {
  if (!world.identities[keyOf(path)]) return { status: 204 }
  delete world.identities[keyOf(path)]
  return { status: 200 }
}

const resourceOf = (world: World, { id, name, location, tags, clientId, principalId }: ManagedIdentity) => ({
  location,
  tags,
  id,
  name,
  type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
  properties: { isolationScope: 'None', tenantId: world.tenantId, principalId, clientId },
})

const locationConflict = (
  { name, location }: ManagedIdentity,
  wanted: string,
  resourceGroup: string,
): SandboxResponse =>
  armError(
    409,
    'InvalidResourceLocation',
    `The resource '${name}' already exists in location '${location}' in resource group '${resourceGroup}'. A resource with the same name cannot be created in location '${wanted}'. Please select a new resource name.`,
  )
