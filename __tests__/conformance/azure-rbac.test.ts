import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { roles } from '../../sandbox/arm/built-in-roles.ts'
import { keyOf } from '../../sandbox/arm/resource-id.ts'
import { aksServerApplication } from '../../sandbox/kubernetes/authentication.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { now } from '../../sandbox/world.ts'
import { clusterOf, worldOf } from '../../sandbox/worlds/builder.ts'
import { cluster } from '../../sandbox/worlds/clusters.ts'
import { visit } from '../sandbox/visitor.ts'

const target = 'dev-rg/devworkloadaks1'
const azureFirst = 'dev-rg/devworkloadaks2'
const rbac = 'rbac.authorization.k8s.io'
const bindings = `/apis/${rbac}/v1/clusterrolebindings`
const oid = 'aaaaaaaa-0000-4000-8000-000000000001'
const caller = { user: oid, groups: ['system:authenticated'], extra: { oid: [oid] } }
const secrets = { verb: 'list', resource: 'secrets', namespace: 'default' }
const inAzure = 'User does not have access to the resource in Azure. Update role assignment to allow access.'

let sandbox: Sandbox
beforeAll(async () => {
  const forgetful = { remembers: { questions: 0 } }
  const world = worldOf(
    'azure-rbac',
    cluster(target, { azureRbac: forgetful }),
    cluster(azureFirst, { azureRbac: { ...forgetful, asked: 'before Kubernetes RBAC' } }),
  )
  sandbox = await startSandbox(world)
})
afterEach(async () => {
  sandbox.world.roleAssignments = {}
  for (const aks of [target, azureFirst]) {
    for (const name of ['identity', 'another']) await sandbox.administer(aks, 'DELETE', `${bindings}/${name}`)
  }
})
afterAll(() => sandbox.stop())

/** What a SubjectAccessReview says of a caller. */
async function review(spec: object, aks = target) {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const answer = await sandbox.administer(aks, 'POST', path, body)
  expect(answer.status).toBe(201)
  return (answer.body as { status: object }).status
}

function assign(roleDefinition: string, below = ''): void {
  const scope = clusterOf(sandbox.world, target).arm.id + below
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${roleDefinition}`
  const principal = { principalId: oid, principalType: 'ServicePrincipal' }
  sandbox.world.roleAssignments[keyOf(id)] = { id, name: roleDefinition, scope, roleDefinition, ...principal }
}

const administrators = (name: string, user: string) => ({
  ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name } },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: rbac, kind: 'User', name: user }],
})

async function bind(aks = target): Promise<void> {
  const { status } = await sandbox.administer(aks, 'POST', bindings, administrators('identity', oid))
  expect(status).toBe(201)
}

/** A request with the identity's own token. */
async function ask(method: string, path: string, body?: object) {
  const { world, keyring } = sandbox
  const { arm, authority } = clusterOf(world, target)
  const { certificate: ca } = await keyring.authority(authority.served)
  const iss = `https://sts.windows.net/${world.tenantId}/`
  const seconds = Math.floor(now(world) / 1000)
  const claims = { iss, aud: aksServerApplication, oid, sub: oid, iat: seconds, nbf: seconds, exp: seconds + 3600 }
  const token = await keyring.sign(iss, claims, 'token of the identity')
  return visit(sandbox, `https://${arm.properties.privateFQDN}${path}`, {
    ca,
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
}

describe('a review', () => {
  test.each([
    ['with a role', roles.aksRbacWriter, '', caller, { allowed: true, reason: 'Access allowed by Azure RBAC' }],
    ['with a role on the namespace', roles.aksRbacWriter, '/namespaces/default', caller, { allowed: true }],
    ['with a role elsewhere', roles.aksRbacWriter, '/namespaces/other', caller, { denied: true, reason: inAzure }],
    [
      'without the object id',
      roles.aksRbacWriter,
      '',
      { user: oid },
      { allowed: false, reason: /for this non AAD user/ },
    ],
  ])('%s', async (_, role, below, subject, expected) => {
    assign(role, below)
    const status = await review({ ...subject, resourceAttributes: secrets })
    const { reason, ...rest } = expected as { reason?: string | RegExp }
    expect(status).toMatchObject({ ...rest, ...(reason && { reason: expect.stringMatching(reason) }) })
  })

  test('of a star has no answer', async () => {
    assign(roles.aksRbacClusterAdmin)
    const resourceAttributes = { verb: '*', group: '*', resource: '*' }
    expect(await review({ ...caller, resourceAttributes })).toEqual({
      allowed: false,
      evaluationError:
        'an error on the server ("Wildcard support for Resource/Verb/Group is not enabled for request Group: *, Resource: *, Verb: *") has prevented the request from succeeding',
    })
  })

  test('counts bindings as well as role assignments', async () => {
    expect(await review({ ...caller, resourceAttributes: secrets })).toMatchObject({ allowed: false })
    await bind()
    expect(await review({ ...caller, resourceAttributes: secrets })).toMatchObject({ allowed: true })
  })
})

describe('a request', () => {
  test('passes by a role assignment, and is refused in the words of Azure', async () => {
    expect(await ask('GET', '/api/v1/namespaces/default/secrets')).toMatchObject({
      status: 403,
      json: {
        message: `secrets is forbidden: User "${oid}" cannot list resource "secrets" in API group "" in the namespace "default": ${inAzure}`,
      },
    })
    assign(roles.aksRbacWriter)
    expect(await ask('GET', '/api/v1/namespaces/default/secrets')).toMatchObject({ status: 200 })
  })

  test.each([
    ['may grant everything by the cluster admin role', roles.aksRbacClusterAdmin, 201],
    ['may not grant anything by the writer role', roles.aksRbacWriter, 403],
  ])('%s', async (_, role, status) => {
    assign(role)
    const answer = await ask('POST', bindings, administrators('another', 'somebody'))
    expect(answer.status).toBe(status)
  })
})

describe('asked before Kubernetes RBAC', () => {
  test('its denial is final', async () => {
    await bind(azureFirst)
    const status = await review({ ...caller, resourceAttributes: secrets }, azureFirst)
    expect(status).toMatchObject({ allowed: false, denied: true })
  })

  test('who has no object id is left to bindings', async () => {
    await bind(azureFirst)
    expect(await review({ user: oid, resourceAttributes: secrets }, azureFirst)).toMatchObject({ allowed: true })
  })
})
