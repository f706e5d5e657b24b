import { randomUUID } from 'node:crypto'
import createRouter, { type HTTPMethod } from 'find-my-way'
import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import type { RunInPod } from '../run-command/command-pod.ts'
import type { World } from '../world.ts'
import { apiVersionFault } from './api-versions.ts'
import { authenticate, isRefusal } from './authentication.ts'
import { may } from './authorization.ts'
import { clusterCredentialRoutes } from './cluster-credentials.ts'
import { armError, authorizationFailed, notInSandbox, resourceGroupNotFound, subscriptionNotFound } from './errors.ts'
import { federatedIdentityCredentialRoutes } from './federated-identity-credentials.ts'
import { governanceFault } from './governance.ts'
import { managedClusterRoutes } from './managed-clusters.ts'
import { operationRoutes } from './operations.ts'
import { permissionRoutes } from './permissions.ts'
import { resourceGraphRoutes } from './resource-graph.ts'
import { resourceGroupRoutes } from './resource-groups.ts'
import { authorizationScope, keyOf, placeOf, resourceGroupId, splitExtension, tidyPath } from './resource-id.ts'
import { roleAssignmentRoutes } from './role-assignments.ts'
import { roleDefinitionRoutes } from './role-definitions.ts'
import type { Call, Caller, Route } from './route.ts'
import { runCommandRoutes } from './run-command.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { admitAtGateway, admitAtProvider } from './throttling.ts'
import { userAssignedIdentityRoutes } from './user-assigned-identities.ts'

const routes = routerOf([
  ...subscriptionRoutes,
  ...resourceGroupRoutes,
  ...resourceGraphRoutes,
  ...managedClusterRoutes,
  ...clusterCredentialRoutes,
  ...runCommandRoutes,
  ...operationRoutes,
  ...userAssignedIdentityRoutes,
  ...federatedIdentityCredentialRoutes,
])
const extensionRoutes = routerOf([...roleAssignmentRoutes, ...roleDefinitionRoutes, ...permissionRoutes])

/** Answers as Azure Resource Manager and the resource providers behind it; `runInPod` carries out what it is told to run in clusters. */
export async function arm(
  request: SandboxRequest,
  world: World,
  keyring: Keyring,
  runInPod: RunInPod,
): Promise<SandboxResponse> {
  const caller = await authenticate(request, world, keyring)
  if (isRefusal(caller)) return stamped(request, caller)

  const path = tidyPath(decodeURI(request.path))
  const { headers, refusal } = admitAtGateway(world, caller, request.method, path)
  const answer = refusal ?? (await answerWithin({ request, world, keyring, runInPod, caller, path }))
  return stamped(request, { ...answer, headers: { ...headers, ...answer.headers } }, caller)
}

async function answerWithin(asked: Omit<Call, 'parameters' | 'body'>) {
  const { request, world, caller, path } = asked
  const found = find(request.method, path)
  if (!found) return notInSandbox(`${request.method} ${path}`)

  const { route, parameters } = found
  const refusal =
    apiVersionFault(request, route.apiVersions) ??
    subscriptionFault(world, path) ??
    accessFault(world, caller, route, path) ??
    resourceGroupFault(world, path)
  if (refusal) return refusal

  const provider = admitAtProvider(world, caller, request.method, path)
  const body = parsed(request.body)
  const answer =
    provider.refusal ??
    (body
      ? await governed({ ...asked, parameters, body }, route)
      : armError(400, 'InvalidRequestContent', 'The request content is not valid JSON.'))
  return { ...answer, headers: { ...provider.headers, ...answer.headers } }
}

const governed = (call: Call, route: Route) => governanceFault(call) ?? route.answer(call)

function routerOf(routes: Route[]) {
  const router = createRouter({ caseSensitive: false, maxParamLength: 260 })
  for (const route of routes) router.on(route.method, route.path, () => {}, route)
  return router
}

function find(method: string, path: string): { route: Route; parameters: Record<string, string> } | undefined {
  const { scope, extension } = splitExtension(path)
  const found = /^\/providers\/Microsoft\.Authorization\//i.test(extension)
    ? extensionRoutes.find(method as HTTPMethod, extension)
    : routes.find(method as HTTPMethod, path)
  if (!found) return undefined
  return { route: found.store as Route, parameters: { ...(found.params as Record<string, string>), scope } }
}

function accessFault(world: World, caller: Caller, { action }: Route, path: string): SandboxResponse | undefined {
  if (!action) return undefined
  const scope = authorizationScope(path)
  return may(world, caller, action, scope) ? undefined : authorizationFailed(caller, action, scope)
}

/** ARM has to find the subscription to know whose tokens count in it, and looks into nobody's rights before. */
function subscriptionFault(world: World, path: string): SandboxResponse | undefined {
  const { subscription } = placeOf(path)
  const isThere = !subscription || world.subscriptions.some(({ id }) => keyOf(id) === keyOf(subscription))
  return isThere ? undefined : subscriptionNotFound(subscription)
}

/** ARM checks the resource group itself, before it hands a request to a provider. */
function resourceGroupFault(world: World, path: string): SandboxResponse | undefined {
  const { subscription, resourceGroup } = placeOf(path)
  if (!subscription || !resourceGroup) return undefined
  if (world.resourceGroups[keyOf(resourceGroupId(subscription, resourceGroup))]) return undefined
  return resourceGroupNotFound(resourceGroup)
}

function parsed(body: string): Record<string, unknown> | undefined {
  if (body === '') return {}
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Adds what ARM adds to every answer; the body is copied, since it may be a record of the world that goes on changing. */
function stamped(request: SandboxRequest, answer: SandboxResponse, caller?: Caller): SandboxResponse {
  const id = randomUUID()
  const changes = request.method !== 'GET' && request.method !== 'POST' && answer.status < 300 && answer.status !== 204
  return {
    ...answer,
    ...(typeof answer.body === 'object' && { body: structuredClone(answer.body) }),
    headers: {
      'cache-control': 'no-cache',
      'x-ms-request-id': id,
      'x-ms-correlation-request-id': request.headers['x-ms-correlation-request-id'] ?? id,
      ...answer.headers,
    },
    ...(caller && { caller: caller.name }),
    ...(changes && { write: true }),
  }
}
