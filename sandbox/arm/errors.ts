import type { SandboxResponse } from '../exchange.ts'
import type { Caller } from './route.ts'

/** An error in the envelope of ARM and of most resource providers. */
export const armError = (
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): SandboxResponse => ({ status, headers, body: { error: { code, message } } })

/** An error as the AKS provider itself often answers it: the same fields, flat. */
export const aksError = (
  status: number,
  code: string,
  message: string,
  more: { details?: object[]; subcode?: string } = {},
): SandboxResponse => ({ status, body: { code, details: more.details ?? null, message, subcode: more.subcode ?? '' } })

/** The sandbox's own answer to what it does not play; never Azure's. */
export const notInSandbox = (what: string): SandboxResponse =>
  armError(501, 'NotInSandbox', `The sandbox does not play this part of Azure: ${what}.`)

export const badRequest = (message: string): SandboxResponse => armError(400, 'BadRequest', message)

export const subscriptionNotFound = (subscription: string): SandboxResponse =>
  armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`)

export const resourceGroupNotFound = (name: string): SandboxResponse =>
  armError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`)

export const resourceNotFound = (type: string, name: string, resourceGroup: string): SandboxResponse =>
  armError(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    { 'x-ms-failure-cause': 'gateway' },
  )

/** The caller holds no role with the action at the scope. */
export const authorizationFailed = (caller: Caller, action: string, scope: string): SandboxResponse =>
  armError(
    403,
    'AuthorizationFailed',
    `The client '${caller.clientId}' with object id '${caller.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  )

/** The caller may write the resource, but not use another one that the body refers to. */
export const linkedAuthorizationFailed = (
  caller: Caller,
  action: string,
  scope: string,
  linkedAction: string,
  linkedScope: string,
): SandboxResponse =>
  armError(
    403,
    'LinkedAuthorizationFailed',
    `The client '${caller.clientId}' with object id '${caller.objectId}' has permission to perform action '${action}' on scope '${scope}'; however, it does not have permission to perform action '${linkedAction}' on the linked scope(s) '${linkedScope}' or the linked scope(s) are invalid.`,
  )
