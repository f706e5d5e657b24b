import { describe, expect, test } from 'vitest'
import { apiServer } from './api-server.ts'
import { clusterRole, clusterRoleBinding, roleBinding, rule } from './objects.ts'

const path = '/apis/authorization.k8s.io/v1'
const review = (kind: string, spec: object) => ({ apiVersion: 'authorization.k8s.io/v1', kind, spec })
const mayI = (spec: object) => review('SelfSubjectAccessReview', spec)
const mayThey = (spec: object) => review('SubjectAccessReview', spec)

/** Ada lists secrets everywhere and gets one of namespace `one`; whoever is in the team reads `/metrics`. */
async function start() {
  const server = await apiServer()
  await server.make(
    clusterRole('lists', rule('list', 'secrets')),
    clusterRoleBinding('lists', 'ClusterRole/lists', 'User/ada'),
    clusterRole('gets', rule('get', 'secrets', 'a')),
    roleBinding('gets', 'ClusterRole/gets', 'User/ada'),
    clusterRole('metrics', { verbs: ['get'], nonResourceURLs: ['/metrics'] }),
    clusterRoleBinding('metrics', 'ClusterRole/metrics', 'Group/team'),
  )
  return server
}

const secrets = (verb: string, more: object = {}) => ({ resourceAttributes: { verb, resource: 'secrets', ...more } })
const metrics = { nonResourceAttributes: { verb: 'get', path: '/metrics' } }

test.each([
  ['list secrets', secrets('list'), true],
  ['list secrets of a namespace', secrets('list', { namespace: 'two' }), true],
  ['get a secret', secrets('get', { namespace: 'one', name: 'a' }), true],
  ['get it in another namespace', secrets('get', { namespace: 'two', name: 'a' }), false],
  ['get every secret', secrets('get', { namespace: 'one' }), false],
  ['list secrets of another API group', secrets('list', { group: 'apps' }), false],
  ['list a subresource', secrets('list', { subresource: 'status' }), false],
  ['do everything', secrets('*'), false],
  ['get a path', metrics, false],
])('May Ada %s? %s', async (_what, spec, allowed) => {
  const { as, ask } = await start()
  const own = await as('ada')(`POST ${path}/selfsubjectaccessreviews`, mayI(spec))
  const others = await ask(`POST ${path}/subjectaccessreviews`, mayThey({ user: 'ada', ...spec }))
  expect([own.status, others.status]).toEqual([201, 201])
  expect(own.write || others.write, 'a question is no write').toBe(false)
  expect(own.body.status).toMatchObject({ allowed })
  expect(others.body.status).toEqual(own.body.status)
})

test('An answer says by which binding, or which role is missing', async () => {
  const { as, make } = await start()
  await make(clusterRoleBinding('vain', 'ClusterRole/gone', 'User/ada'))
  const ask = async (spec: object) => (await as('ada')(`POST ${path}/selfsubjectaccessreviews`, mayI(spec))).body.status
  expect(await ask(secrets('get', { namespace: 'one', name: 'a' }))).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "gets/one" of ClusterRole "gets" to User "ada"',
  })
  expect(await ask(secrets('delete'))).toEqual({
    allowed: false,
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
  })
})

test.each([
  ['a user who does not exist', { user: 'nobody' }, false],
  ['a user in the group', { user: 'nobody', groups: ['team'] }, true],
  ['the group alone', { groups: ['team'] }, true],
  ['masters', { user: 'root', groups: ['system:masters'] }, true],
])('May %s read /metrics? %s', async (_who, subject, allowed) => {
  const { ask } = await start()
  const { body } = await ask(`POST ${path}/subjectaccessreviews`, mayThey({ ...subject, ...metrics }))
  expect(body.status.allowed).toBe(allowed)
})

describe('A review is refused', () => {
  test.each([
    [
      'that asks for a resource and a path',
      { user: 'ada', ...secrets('get'), ...metrics },
      'spec.nonResourceAttributes: Invalid value: {"Path":"/metrics","Verb":"get"}: cannot be specified in combination with resourceAttributes',
    ],
    [
      'that asks for nothing',
      { user: 'ada' },
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      'that asks about nobody',
      secrets('get'),
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
  ])('%s', async (_what, spec, fault) => {
    const { ask } = await apiServer()
    const { status, body } = await ask(`POST ${path}/subjectaccessreviews`, mayThey(spec))
    expect(status).toBe(422)
    expect(body.message).toContain(fault)
  })

  test('about others, where one may not ask', async () => {
    const { as } = await start()
    const spec = { user: 'ada', ...secrets('list') }
    expect(await as('ada')(`POST ${path}/subjectaccessreviews`, mayThey(spec))).toMatchObject({ status: 403 })
  })
})

test('Everybody may ask who they are', async () => {
  const { as } = await apiServer()
  const { status, body } = await as('ada', 'team')('POST /apis/authentication.k8s.io/v1/selfsubjectreviews', {})
  expect(status).toBe(201)
  expect(body.status.userInfo).toEqual({
    username: 'ada',
    groups: ['team', 'system:authenticated'],
    extra: { oid: ['ada'] },
  })
})
