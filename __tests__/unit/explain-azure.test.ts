import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { describe, expect, test } from 'vitest'
import { explain } from '../../src/explain.ts'
import { type Explanation, sentence } from '../../src/failure.ts'
import { hub, identity, otherTenant, subscription, tenant } from './names.ts'

/** An error as the SDKs make it of Azure's answer to a PUT. */
function refused(status: number, code: string, message: string, more: { body?: object; retryAfter?: string } = {}) {
  const request = createPipelineRequest({
    url: `https://management.azure.com${identity.id}?api-version=1`,
    method: 'PUT',
  })
  const headers = createHttpHeaders(more.retryAfter ? { 'retry-after': more.retryAfter } : {})
  const bodyAsText = JSON.stringify({ error: { code, message, ...more.body } })
  return new RestError(message, {
    statusCode: status,
    code,
    request,
    response: { request, status, headers, ...(more.body && { bodyAsText }) },
  })
}

const put = `Azure Resource Manager refused PUT ${identity.id}`
const group = `/subscriptions/${subscription}/resourceGroups/argocd-rg`
const meetThePolicy =
  'Meet the policy (the input tags gives tags to what the action makes; a resource that is there already is used as it is), or ask its owner for an exemption'

describe('says of what Azure Resource Manager refuses why, and what to do:', () => {
  test.each<[what: string, error: Error, explanation: Explanation]>([
    [
      'a policy, named in the message',
      refused(
        403,
        'RequestDisallowedByPolicy',
        `Resource 'argocd' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"Tags on everything","id":"/providers/x"},"policyDefinition":{"name":"Require a tag","id":"/providers/y"}}]'.`,
      ),
      { what: put, why: 'Azure Policy forbids it: Tags on everything', remedy: meetThePolicy },
    ],
    [
      'a policy, named beside the message',
      refused(403, 'RequestDisallowedByPolicy', "Resource 'argocd' was disallowed by policy.", {
        body: {
          additionalInfo: [{ type: 'PolicyViolation', info: { policyAssignmentDisplayName: 'Tags on everything' } }],
        },
      }),
      { what: put, why: 'Azure Policy forbids it: Tags on everything', remedy: meetThePolicy },
    ],
    [
      'a policy without a name',
      refused(403, 'RequestDisallowedByPolicy', "Resource 'argocd' was disallowed by policy."),
      { what: put, why: "Resource 'argocd' was disallowed by policy.", remedy: meetThePolicy },
    ],
    [
      'a lock',
      refused(
        409,
        'ScopeLocked',
        `The scope '${identity.id}' cannot perform write operation because following scope(s) are locked: '${group}'. Please remove the lock and try again.`,
      ),
      {
        what: put,
        why: `a lock at ${group} forbids it`,
        remedy: `Take the lock away for the run (az lock list --resource ${group} names it; az lock delete --ids ID), or ask whoever set it`,
      },
    ],
    [
      'a resource provider that is not registered',
      refused(
        409,
        'MissingSubscriptionRegistration',
        "The subscription is not registered to use namespace 'Microsoft.ManagedIdentity'. See https://aka.ms/rps-not-found for how to register subscriptions.",
      ),
      {
        what: put,
        why: `subscription ${subscription} is not registered for resource provider Microsoft.ManagedIdentity`,
        remedy: `Register it (az provider register --namespace Microsoft.ManagedIdentity --subscription ${subscription} --wait), which takes Contributor on the subscription, and run again`,
      },
    ],
    [
      'a subscription that is disabled',
      refused(409, 'ReadOnlyDisabledSubscription', 'The subscription is disabled and therefore marked as read only.'),
      {
        what: put,
        why: `subscription ${subscription} is disabled and can only be read (ReadOnlyDisabledSubscription)`,
        remedy: 'Let an owner of the subscription activate it again, and run again',
      },
    ],
    [
      'a subscription that is not there',
      refused(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`),
      {
        what: `There is no subscription ${subscription} for the caller`,
        why: 'management.azure.com knows none in the tenant of the caller, or none in which the caller holds a role',
        remedy:
          'Correct the input subscription-id, or the subscription in the id of the resource; or grant the caller a role there. What is in another cloud (input environment) cannot be onboarded: no identity is known in two of them',
      },
    ],
    [
      'a resource group that is not there',
      refused(404, 'ResourceGroupNotFound', "Resource group 'argocd-rg' could not be found."),
      {
        what: `There is no resource group argocd-rg in subscription ${subscription}`,
        why: 'Azure answered 404 (ResourceGroupNotFound)',
        remedy: `Correct the name of the resource that is to lie in it, or create it (az group create --name argocd-rg --subscription ${subscription} --location REGION)`,
      },
    ],
    [
      'a subscription of another tenant',
      refused(
        401,
        'InvalidAuthenticationTokenTenant',
        `The access token is from the wrong issuer 'https://sts.windows.net/${tenant}/'. It must match the tenant 'https://sts.windows.net/${otherTenant}/' associated with this subscription.`,
      ),
      {
        what: put,
        why: `the caller is signed in to tenant ${tenant}, and subscription ${subscription} belongs to tenant ${otherTenant}`,
        remedy: `Set tenant-id to ${otherTenant} and client-id to an application of that tenant`,
      },
    ],
    ...['ExpiredAuthenticationToken', 'InvalidAuthenticationToken', 'AuthenticationFailed'].map(
      (code): [string, Error, Explanation] => [
        `a token that is not accepted, ${code}`,
        refused(401, code, 'The access token is invalid.'),
        {
          what: put,
          why: `it does not accept the token of the caller (${code}: The access token is invalid.)`,
          remedy:
            'Run again; if it repeats, check the clock of the runner, and that the input environment names the cloud',
        },
      ],
    ),
    [
      'a deny assignment',
      refused(
        403,
        'DenyAssignmentAuthorizationFailed',
        `The client 'c' with object id 'o' has permission to perform action 'a' on scope '${identity.id}'; however, the access is denied because of the deny assignment with name 'Stack' and Id 'i' at scope '${group}'.`,
      ),
      {
        what: put,
        why: `deny assignment Stack at ${group} forbids it, whatever roles the caller holds`,
        remedy:
          'Ask whoever made the deny assignment (a managed application, a deployment stack) to exclude the caller',
      },
    ],
    [
      'a condition of the right to assign roles',
      refused(
        403,
        'AuthorizationFailed',
        `The client 'c' with object id 'o' has an authorization with ABAC condition that is not fulfilled to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '${hub.id}' or the scope is invalid.`,
      ),
      {
        what: `Azure refused Microsoft.Authorization/roleAssignments/write on ${hub.id}`,
        why: 'the role of the caller that grants it has a condition, which this request does not meet',
        remedy:
          'Let the condition allow the role that target-role names, for service principals; docs/permissions.md has one that does',
      },
    ],
    [
      'a principal that is not known',
      refused(
        400,
        'PrincipalNotFound',
        `Principal p does not exist in the directory ${tenant}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay.`,
      ),
      {
        what: put,
        why: `Principal p does not exist in the directory ${tenant}. Check that you have the correct principal ID.`,
        remedy:
          'Check that the identity is still there and lives in the tenant of the subscription; a new one is known everywhere after minutes, so run again then',
      },
    ],
    [
      'more role assignments than a subscription holds',
      refused(400, 'RoleAssignmentLimitExceeded', 'No more role assignments can be created'),
      {
        what: put,
        why: 'No more role assignments can be created (RoleAssignmentLimitExceeded)',
        remedy: `Delete role assignments of subscription ${subscription} that nobody needs, or let the identity in by bindings (grant: kubernetes)`,
      },
    ],
    [
      'a quota that is used up',
      refused(
        409,
        'OperationNotAllowed',
        'Operation could not be completed as it results in exceeding approved quota.',
      ),
      {
        what: put,
        why: 'Operation could not be completed as it results in exceeding approved quota. (OperationNotAllowed)',
        remedy: 'Ask for a higher quota for the subscription in that region, or free some of it, and run again',
      },
    ],
    [
      'a cluster that was stopped meanwhile',
      refused(
        400,
        'OperationNotAllowed',
        'managed cluster is in Provisioning State(Succeeded) and Power State(Stopped), updating cannot be performed',
      ),
      { what: put, why: 'the cluster is stopped', remedy: 'Start it (az aks start) and run again' },
    ],
    [
      'an operation that is not allowed, for any other reason',
      refused(400, 'OperationNotAllowed', 'Not today.'),
      { what: put, why: 'Not today. (HTTP 400, OperationNotAllowed)', remedy: 'Mend what it names and run again' },
    ],
    [
      'too many requests, for so long',
      refused(429, 'TooManyRequests', 'The request limit is reached.', { retryAfter: '17' }),
      {
        what: put,
        why: 'The request limit is reached. (HTTP 429, TooManyRequests)',
        remedy: 'Wait 17 seconds and run again; fewer jobs at a time, or a lower concurrency, ask less often',
      },
    ],
    [
      'too many requests',
      refused(429, 'Throttled', ''),
      {
        what: put,
        why: 'too many requests (HTTP 429, Throttled)',
        remedy: 'Wait a few minutes and run again; fewer jobs at a time, or a lower concurrency, ask less often',
      },
    ],
    [
      'an identity that the cluster cannot take',
      refused(400, 'FailedIdentityOperation', `Identity operation for resource '${hub.id}' failed.`),
      {
        what: put,
        why: `Identity operation for resource '${hub.id}' failed.`,
        remedy:
          'Wait until the identity is known in the region of the cluster, or correct the input identity, and run again',
      },
    ],
  ])('%s', (_what, error, explanation) => {
    expect(explain(error)).toBe(sentence(explanation))
    expect(explain(error)).toMatch(/^[A-Za-z].*: .+\. .+\.$/)
  })
})
