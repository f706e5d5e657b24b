import type { SandboxResponse } from '../exchange.ts'
import type { World } from '../world.ts'
import { contains } from './authorization.ts'
import { armError } from './errors.ts'
import { keyOf, placeOf } from './resource-id.ts'
import type { Call } from './route.ts'

/** What ARM itself holds against a write that the caller is allowed: the provider is never asked. */
export function governanceFault({ request, world, path, body }: Call): SandboxResponse | undefined {
  if (!['PUT', 'PATCH', 'DELETE'].includes(request.method)) return undefined
  return (
    unregistered(world, path) ??
    locked(world, path, request.method) ??
    (request.method === 'DELETE' ? undefined : disallowed(world, path, body))
  )
}

/** https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-register-resource-provider */
function unregistered({ subscriptions }: World, path: string): SandboxResponse | undefined {
  const { subscription = '' } = placeOf(path)
  const known = subscriptions.find(({ id }) => keyOf(id) === keyOf(subscription))
  const namespace = known?.unregistered?.find(name => keyOf(path).includes(`/providers/${keyOf(name)}/`))
  return namespace
    ? armError(
        409,
        'MissingSubscriptionRegistration',
        `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
      )
    : undefined
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources */
function locked({ locks = [] }: World, path: string, method: string): SandboxResponse | undefined {
  const lock = locks.find(({ scope, level }) => contains(scope, path) && (level === 'ReadOnly' || method === 'DELETE'))
  return lock
    ? armError(
        409,
        'ScopeLocked',
        `The scope '${path}' cannot perform ${method === 'DELETE' ? 'delete' : 'write'} operation because following scope(s) are locked: '${lock.scope}'. Please remove the lock and try again.`,
      )
    : undefined
}

/** https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy */
function disallowed({ policies = [] }: World, path: string, body: Call['body']): SandboxResponse | undefined {
  const type = /\/providers\/([^/]+\/[^/]+)\/[^/]+$/.exec(path)?.[1] ?? ''
  const tags = Object.keys((body.tags ?? {}) as Record<string, string>).map(keyOf)
  const policy = policies.find(
    ({ scope, requiresTag, ...of }) =>
      keyOf(of.type) === keyOf(type) && contains(scope, path) && !tags.includes(keyOf(requiresTag)),
  )
  if (!policy) return undefined
  const name = path.slice(path.lastIndexOf('/') + 1)
  const identifiers = [
    {
      policyAssignment: {
        name: policy.assignment,
        id: `${policy.scope}/providers/Microsoft.Authorization/policyAssignments/require-tag`,
      },
      policyDefinition: {
        name: 'Require a tag on resources',
        id: '/providers/Microsoft.Authorization/policyDefinitions/871b6d14-10aa-478d-b590-94f262ecfa99',
      },
    },
  ]
  return armError(
    403,
    'RequestDisallowedByPolicy',
    `Resource '${name}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`,
  )
}
