import { createPipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { describe, expect, test } from 'vitest'
import { explain, explainBroken } from '../../src/explain.ts'
import { Conflict, type Explanation, Failure, Refused, sentence } from '../../src/failure.ts'
import { InputFaults } from '../../src/inputs.ts'
import { KubernetesError, UnreachableError } from '../../src/kubernetes/errors.ts'
import type { Link } from '../../src/proof/link.ts'
import { hub, identity, server } from './names.ts'

const error = (message: string, more: object = {}) => Object.assign(new Error(message), more)
const unreachable = (cause: Error) => new UnreachableError('devworkloadaks1', server, cause)
const kubernetes = (status: number, message: string) =>
  new KubernetesError(status, message, 'argocd-aks', 'PATCH /apis/apps/v1/namespaces/argocd/deployments/argocd-server')
const arm = (statusCode: number | undefined, code: string, message: string) =>
  new RestError(message, {
    code,
    ...(statusCode ? { statusCode } : {}),
    request: createPipelineRequest({ url: `https://management.azure.com${hub.id}?api-version=1`, method: 'PUT' }),
  })

const thisCluster =
  'The API server of devworkloadaks1 (https://dev-abcdxyz.privatelink.westeurope.azmk8s.io:443) could not be reached'
const thisDeployment = 'PATCH /apis/apps/v1/namespaces/argocd/deployments/argocd-server'
const network =
  'Check the network of the runner, HTTPS_PROXY, and NODE_EXTRA_CA_CERTS where a proxy has its own authority'
const write = 'Microsoft.ContainerService/managedClusters/write'
const assign = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'
const client = "The client 'c' with object id 'o'"

/** What every failure has to say. */
const table: [what: string, error: unknown, explanation: Explanation][] = [
  [
    'a name that is not resolved',
    unreachable(error('getaddrinfo ENOTFOUND dev', { code: 'ENOTFOUND' })),
    {
      what: thisCluster,
      why: 'the runner cannot resolve the name, as is usual for a private cluster from outside its network',
      remedy:
        "Run the job on a runner inside the cluster's network (runs-on), with its private DNS zone linked, or let the action enter by run-command (hub-access or target-access)",
    },
  ],
  [
    'no route, told by the innermost of several errors',
    unreachable(error('fetch failed', { cause: error('connect ETIMEDOUT 10.0.0.4:443', { code: 'ETIMEDOUT' }) })),
    {
      what: thisCluster,
      why: 'connect ETIMEDOUT 10.0.0.4:443 (ETIMEDOUT)',
      remedy:
        'Run the job on a runner whose network reaches the cluster, allow its address in the authorized IP ranges, or let the action enter by run-command (hub-access or target-access)',
    },
  ],
  [
    'an answer that never came, without a reason',
    unreachable(error('')),
    {
      what: thisCluster,
      why: 'no answer',
      remedy:
        'Run the job on a runner whose network reaches the cluster, allow its address in the authorized IP ranges, or let the action enter by run-command (hub-access or target-access)',
    },
  ],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'].map(
    (code): [string, unknown, Explanation] => [
      `a certificate of another authority, ${code}`,
      unreachable(error('certificate', { code })),
      {
        what: thisCluster,
        why: `its certificate is not one of the authority that Azure reports for the cluster (${code})`,
        remedy:
          'Look for a proxy that breaks TLS open and exempt the host with NO_PROXY; after a certificate rotation wait until it is over',
      },
    ],
  ),
  [
    'a cluster of another tenant',
    kubernetes(401, 'Unauthorized'),
    {
      what: `argocd-aks refused ${thisDeployment}`,
      why: 'it does not accept the token of the caller',
      remedy: 'Sign in to the tenant that the cluster trusts (input tenant-id)',
    },
  ],
  [
    'no rights in a cluster',
    kubernetes(403, 'deployments.apps "argocd-server" is forbidden: User "o" cannot patch resource "deployments"'),
    {
      what: `argocd-aks refused ${thisDeployment}`,
      why: 'deployments.apps "argocd-server" is forbidden: User "o" cannot patch resource "deployments"',
      remedy: 'Bind the caller, or an Entra group of it, to a ClusterRole on argocd-aks that allows it',
    },
  ],
  [
    'an object that the API server finds invalid',
    kubernetes(422, 'Deployment.apps "argocd-server" is invalid'),
    {
      what: `argocd-aks refused ${thisDeployment}`,
      why: 'Deployment.apps "argocd-server" is invalid (HTTP 422)',
      remedy: 'Mend what it names and run again',
    },
  ],
  [
    'a cluster that gives no reason',
    kubernetes(503, ''),
    {
      what: `argocd-aks refused ${thisDeployment}`,
      why: 'no reason given (HTTP 503)',
      remedy: 'Wait a few minutes and run again',
    },
  ],
  [
    'a conflict in a cluster that stays',
    new Conflict('Apply failed with 1 conflict: conflict with "helm"', kubernetes(409, 'conflict')),
    {
      what: `There was a conflict at ${thisDeployment}, also after reading and planning again`,
      why: 'Apply failed with 1 conflict: conflict with "helm"',
      remedy: 'Wait until no other job, operation or controller works on the resource, and run again',
    },
  ],
  [
    'a conflict in Azure that stays',
    new Conflict('Another operation is in progress', arm(409, 'OperationNotAllowed', 'x')),
    {
      what: `There was a conflict at PUT ${hub.id}, also after reading and planning again`,
      why: 'Another operation is in progress',
      remedy: 'Wait until no other job, operation or controller works on the resource, and run again',
    },
  ],
  [
    'an operation that others start over and over',
    new Conflict('another operation on argocd-aks has just ended'),
    {
      what: 'There was a conflict at a request, also after reading and planning again',
      why: 'another operation on argocd-aks has just ended',
      remedy: 'Wait until no other job, operation or controller works on the resource, and run again',
    },
  ],
  [
    'a missing role in Azure',
    arm(
      403,
      'AuthorizationFailed',
      `${client} does not have authorization to perform action '${write}' over scope '${hub.id}' or the scope is invalid.`,
    ),
    {
      what: `Azure refused ${write} on ${hub.id}`,
      why: 'the caller holds no role there that grants it (AuthorizationFailed)',
      remedy: 'Grant a role with that action at that scope or above; docs/permissions.md lists one for each step',
    },
  ],
  [
    'a missing role on what a cluster refers to',
    arm(
      403,
      'LinkedAuthorizationFailed',
      `${client} has permission to perform action '${write}' on scope '${hub.id}'; however, it does not have permission to perform action '${assign}' on the linked scope(s) '${identity.id}' or the linked scope(s) are invalid.`,
    ),
    {
      what: `Azure refused ${assign} on ${identity.id}`,
      why: 'updating the cluster takes rights on what it refers to (LinkedAuthorizationFailed)',
      remedy: 'Grant a role with that action at that scope',
    },
  ],
  [
    'any other refusal of Azure',
    arm(400, 'BadRequest', 'Preview feature is not registered.'),
    {
      what: `Azure Resource Manager refused PUT ${hub.id}`,
      why: 'Preview feature is not registered. (HTTP 400, BadRequest)',
      remedy: 'Mend what it names and run again',
    },
  ],
  ...[429, 500, 503].map((status): [string, unknown, Explanation] => [
    `Azure's own trouble, ${status}`,
    arm(status, 'Trouble', 'x'),
    {
      what: `Azure Resource Manager refused PUT ${hub.id}`,
      why: `x (HTTP ${status}, Trouble)`,
      remedy: 'Wait a few minutes and run again',
    },
  ]),
  [
    'Azure not to be reached',
    arm(undefined, 'ENOTFOUND', 'getaddrinfo ENOTFOUND management.azure.com'),
    {
      what: `Azure Resource Manager gave no answer to PUT ${hub.id}`,
      why: 'getaddrinfo ENOTFOUND management.azure.com (ENOTFOUND)',
      remedy: network,
    },
  ],
  [
    'a failure that is explained already',
    new Failure({
      what: 'There is no AKS cluster x',
      why: 'Azure answered 404',
      remedy: 'Correct the input hub-cluster',
    }),
    { what: 'There is no AKS cluster x', why: 'Azure answered 404', remedy: 'Correct the input hub-cluster' },
  ],
  [
    'what nobody thought of',
    error('boom'),
    {
      what: 'The run failed',
      why: 'boom',
      remedy: 'Run again with step debug logging (ACTIONS_STEP_DEBUG) to see where, and report it with that log',
    },
  ],
]

describe('says what, why and what to do:', () => {
  test.each(table)('%s', (_what, error, explanation) => {
    expect(explain(error)).toBe(sentence(explanation))
  })

  test.each(table)('%s: in one line, without a stack', (_what, error) => {
    expect(explain(error)).toMatch(/^[A-Za-z].*: .+\. .+\.$/)
    expect(explain(error)).not.toMatch(/\n|\bat .*:\d+:\d+/)
  })
})

test('something thrown that is no error is still told', () => {
  expect(explain('gone')).toContain('The run failed: gone.')
})

test('reasons not to start are told all at once, a line each', () => {
  const reasons = ['one', 'two'].map(what => ({ what, why: 'because.', remedy: 'Do it.' }))
  expect(explain(new Refused(reasons))).toBe('one: because. Do it.\ntwo: because. Do it.')
})

test('faults of inputs speak for themselves', () => {
  expect(explain(new InputFaults([{ input: 'mode', message: '`mode` is missing.' }], ''))).toBe(
    'One input is missing or wrong.\n- `mode` is missing.',
  )
})

test.each<[link: Link['link'], remedy: RegExp]>([
  ['exchange', /Compare the identity's federated credentials/],
  ['access', /Look for what takes the grant away again/],
  ['reach', /Let the network of the hub reach the target/],
])('the first link that broke is explained: %s', (broken, remedy) => {
  const links: Link[] = [
    { link: 'exchange', of: 'argocd/argocd-server', outcome: 'proven', detail: 'x' },
    { link: broken, of: 'this one', outcome: 'failed', detail: 'what was seen' },
    { link: 'reach', of: 'that one', outcome: 'failed', detail: 'x' },
  ]
  expect(explainBroken(links)).toMatch(`The proof failed at the link ${broken} (this one): what was seen. `)
  expect(explainBroken(links)).toMatch(remedy)
})
