import { CHECK_NETWORK } from './explain-sign-in.ts'
import type { Explanation } from './failure.ts'

/** An error of the Azure SDK for JavaScript, without the SDK. */
interface ArmError {
  name: string
  message: string
  statusCode?: number
  code?: string
  request?: { method: string; url: string }
  response?: { bodyAsText?: string; headers?: { get(name: string): string | undefined } }
}

/** Says what Azure Resource Manager refused, why, and what to do; undefined where the error is not one of its. */
export function explainAzure(error: unknown): Explanation | undefined {
  if ((error as Partial<ArmError> | undefined)?.name !== 'RestError') return undefined
  const armError = error as ArmError
  const { statusCode, code = '', message } = armError
  if (statusCode === undefined) {
    return {
      what: `Azure Resource Manager gave no answer to ${requestOf(error)}`,
      why: `${message || 'no answer'}${code ? ` (${code})` : ''}`,
      remedy: CHECK_NETWORK,
    }
  }
  for (const [sign, explained] of KNOWN) {
    const explanation = sign.test(code) ? explained(armError) : undefined
    if (explanation) return { what: `Azure Resource Manager refused ${requestOf(error)}`, ...explanation }
  }
  return {
    what: `Azure Resource Manager refused ${requestOf(error)}`,
    why: `${message || 'no reason given'} (${[`HTTP ${statusCode}`, code].filter(Boolean).join(', ')})`,
    remedy: remedyFor(statusCode),
  }
}

/** `PUT /subscriptions/…`, of an error of the SDK. */
export function requestOf(error: unknown): string {
  const { request } = (error ?? {}) as Partial<ArmError>
  return request ? `${request.method} ${new URL(request.url).pathname}` : 'a request'
}

/** Trouble on the other side passes; what is wrong with a request does not. */
export const remedyFor = (status: number): string =>
  status === 429 || status >= 500 ? 'Wait a few minutes and run again' : 'Mend what it names and run again'

/** An explanation that says what failed as all others do, unless it knows better. */
type Explain = (error: ArmError) => (Omit<Explanation, 'what'> & { what?: string }) | undefined

/**
 * By the code of the error: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
 * What a message is taken to pieces for is told as it stands where it has other pieces.
 */
const KNOWN: [code: RegExp, explain: Explain][] = [
  [/^AuthorizationFailed$/, notAuthorized],
  [/^LinkedAuthorizationFailed$/, notAuthorizedOnLinked],
  [/^DenyAssignmentAuthorizationFailed$/, denied],
  [/^RequestDisallowedByPolicy$/, disallowedByPolicy],
  [/^ScopeLocked$/, locked],
  [/^(MissingSubscriptionRegistration|SubscriptionNotRegistered)$/, providerNotRegistered],
  [/^(ReadOnly)?Disabled(Subscription)?$|^SubscriptionIsDisabled$/, subscriptionDisabled],
  [/^(SubscriptionNotFound|InvalidSubscriptionId)$/, noSubscription],
  [/^ResourceGroupNotFound$/, noResourceGroup],
  [/^InvalidAuthenticationTokenTenant$/, otherTenant],
  [/^(Expired|Invalid)AuthenticationToken$|^AuthenticationFailed$/, tokenRefused],
  [/^(QuotaExceeded|OperationNotAllowed)$/, overQuota],
  [/^OperationNotAllowed$/, notRunning],
  [/^(TooManyRequests|SubscriptionRequestsThrottled|Throttled|429)$/, throttled],
  [/^FailedIdentityOperation$/, identityUnusable],
  [/^PrincipalNotFound$/, noPrincipal],
  [/^RoleAssignmentLimitExceeded$/, tooManyAssignments],
]

function notAuthorized({ message }: ArmError) {
  const [, action, scope] = /perform action '([^']+)' over scope '([^']+)'/.exec(message) ?? []
  if (action && message.includes('ABAC condition')) {
    return {
      what: `Azure refused ${action} on ${scope}`,
      why: 'the role of the caller that grants it has a condition, which this request does not meet',
      remedy:
        'Let the condition allow the role that target-role names, for service principals; docs/permissions.md has one that does',
    }
  }
  return action
    ? {
        what: `Azure refused ${action} on ${scope}`,
        why: 'the caller holds no role there that grants it (AuthorizationFailed)',
        remedy: 'Grant a role with that action at that scope or above; docs/permissions.md lists one for each step',
      }
    : undefined
}

function notAuthorizedOnLinked({ message }: ArmError) {
  const [, action, scope] = /perform action '([^']+)' on the linked scope\(s\) '([^']+)'/.exec(message) ?? []
  return action
    ? {
        what: `Azure refused ${action} on ${scope}`,
        why: 'updating the cluster takes rights on what it refers to (LinkedAuthorizationFailed)',
        remedy: 'Grant a role with that action at that scope',
      }
    : undefined
}

/** https://learn.microsoft.com/azure/role-based-access-control/deny-assignments */
function denied({ message }: ArmError) {
  const [, name, scope] = /deny assignment with name '([^']*)'.*?at scope '([^']+)'/s.exec(message) ?? []
  return {
    why: name ? `deny assignment ${name} at ${scope} forbids it, whatever roles the caller holds` : message,
    remedy: 'Ask whoever made the deny assignment (a managed application, a deployment stack) to exclude the caller',
  }
}

/** https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy */
function disallowedByPolicy(error: ArmError) {
  const names = policiesOf(error)
  return {
    why: names.length > 0 ? `Azure Policy forbids it: ${names.join(', ')}` : error.message,
    remedy:
      'Meet the policy (the input tags gives tags to what the action makes; a resource that is there already is used as it is), or ask its owner for an exemption',
  }
}

/** Newer answers hold the names in `additionalInfo` alone, older ones in the message, as JSON within quotes. */
function policiesOf({ message, response }: ArmError): string[] {
  const text = `${message}\n${(response?.bodyAsText ?? '').replaceAll('\\"', '"')}`
  const assigned = [...text.matchAll(/"policyAssignment"\s*:\s*\{\s*"name"\s*:\s*"([^"]+)"/g)]
  const displayed = [...text.matchAll(/"policyAssignment(?:Display)?Name"\s*:\s*"([^"]+)"/g)]
  return [...new Set([...assigned, ...displayed].map(([, name]) => name!))]
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources */
function locked({ message }: ArmError) {
  const [, scopes] = /scope\(s\) are locked: '([^']+)'/.exec(message) ?? []
  return {
    why: scopes ? `a lock at ${scopes} forbids it` : message,
    remedy: `Take the lock away for the run (az lock list --resource ${scopes ?? 'ID'} names it; az lock delete --ids ID), or ask whoever set it`,
  }
}

function providerNotRegistered({ message, request }: ArmError) {
  const [, namespace = ''] =
    /namespace '([^']+)'/.exec(message) ?? /providers\/([^/]+)\//.exec(request?.url ?? '') ?? []
  const subscription = subscriptionOf(request)
  return {
    why: `subscription ${subscription} is not registered for resource provider ${namespace}`,
    remedy: `Register it (az provider register --namespace ${namespace} --subscription ${subscription} --wait), which takes Contributor on the subscription, and run again`,
  }
}

function subscriptionDisabled({ code, request }: ArmError) {
  return {
    why: `subscription ${subscriptionOf(request)} is disabled and can only be read (${code})`,
    remedy: 'Let an owner of the subscription activate it again, and run again',
  }
}

function noSubscription({ request }: ArmError) {
  return {
    what: `There is no subscription ${subscriptionOf(request)} for the caller`,
    why: `${hostOf(request)} knows none in the tenant of the caller, or none in which the caller holds a role`,
    remedy:
      'Correct the input subscription-id, or the subscription in the id of the resource; or grant the caller a role there. What is in another cloud (input environment) cannot be onboarded: no identity is known in two of them',
  }
}

function noResourceGroup({ message, request }: ArmError) {
  const [, name = ''] = /Resource group '([^']+)'/.exec(message) ?? []
  const subscription = subscriptionOf(request)
  return {
    what: `There is no resource group ${name} in subscription ${subscription}`,
    why: 'Azure answered 404 (ResourceGroupNotFound)',
    remedy: `Correct the name of the resource that is to lie in it, or create it (az group create --name ${name} --subscription ${subscription} --location REGION)`,
  }
}

/** The message names both tenants as `https://sts.windows.net/<tenant>/`. */
function otherTenant({ message, request }: ArmError) {
  const [callers, subscriptions] = [...message.matchAll(/sts[^/]*\/([\da-f-]{36})/gi)].map(([, tenant]) => tenant)
  return {
    why: subscriptions
      ? `the caller is signed in to tenant ${callers}, and subscription ${subscriptionOf(request)} belongs to tenant ${subscriptions}`
      : message,
    remedy: `Set tenant-id to ${subscriptions ?? 'the tenant of the subscription'} and client-id to an application of that tenant`,
  }
}

function tokenRefused({ code, message }: ArmError) {
  return {
    why: `it does not accept the token of the caller (${code}: ${message})`,
    remedy: 'Run again; if it repeats, check the clock of the runner, and that the input environment names the cloud',
  }
}

/** AKS calls also a missing quota an operation that is not allowed. */
function overQuota({ code, message }: ArmError) {
  if (!/quota/i.test(`${code}${message}`)) return undefined
  return {
    why: `${message} (${code})`,
    remedy: 'Ask for a higher quota for the subscription in that region, or free some of it, and run again',
  }
}

function notRunning({ message }: ArmError) {
  const [, state] = /Power State\((\w+)\)/.exec(message) ?? []
  return state
    ? { why: `the cluster is ${state.toLowerCase()}`, remedy: 'Start it (az aks start) and run again' }
    : undefined
}

function throttled({ code, message, response }: ArmError) {
  const seconds = response?.headers?.get('retry-after')
  return {
    why: `${message || 'too many requests'} (HTTP 429, ${code})`,
    remedy: `Wait ${seconds ? `${seconds} seconds` : 'a few minutes'} and run again; fewer jobs at a time, or a lower concurrency, ask less often`,
  }
}

function identityUnusable({ message }: ArmError) {
  return {
    why: message,
    remedy:
      'Wait until the identity is known in the region of the cluster, or correct the input identity, and run again',
  }
}

/** https://learn.microsoft.com/azure/role-based-access-control/troubleshooting#symptom---assigning-a-role-to-a-new-principal-sometimes-fails */
function noPrincipal({ message }: ArmError) {
  return {
    why: message.replace(/ (If you are creating|See https).*/s, ''),
    remedy:
      'Check that the identity is still there and lives in the tenant of the subscription; a new one is known everywhere after minutes, so run again then',
  }
}

/** https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits */
function tooManyAssignments({ message, request }: ArmError) {
  return {
    why: `${message} (RoleAssignmentLimitExceeded)`,
    remedy: `Delete role assignments of subscription ${subscriptionOf(request)} that nobody needs, or let the identity in by bindings (grant: kubernetes)`,
  }
}

const hostOf = (request: ArmError['request']): string =>
  request ? new URL(request.url).host : 'Azure Resource Manager'

const subscriptionOf = (request: ArmError['request']): string =>
  /\/subscriptions\/([^/?]+)/i.exec(request?.url ?? '')?.[1] ?? 'of the request'
