import { describe, expect, test } from 'vitest'
import { apiServer } from './api-server.ts'
import {
  clusterRole,
  clusterRoleBinding,
  configMap,
  role,
  roleBinding,
  rule,
  secret,
  serviceAccount,
  workload,
} from './objects.ts'

const core = '/api/v1/namespaces'
const apps = '/apis/apps/v1/namespaces'

/** Ada asks for secrets `a` and `b` of namespace `one`; who may read them, and whom that is granted to, changes from row to row. */
const readers = clusterRole('readers', rule('get list', 'secrets'))

type Grants = object[]
type Answers = Record<string, number>

test.each<[what: string, Grants, Answers]>([
  ['nothing', [], { [`GET ${core}/one/secrets/a`]: 403, 'GET /version': 200, 'GET /metrics': 403 }],
  [
    'a ClusterRole by a ClusterRoleBinding: everywhere',
    [readers, clusterRoleBinding('b', 'ClusterRole/readers', 'User/ada')],
    { [`GET ${core}/one/secrets/a`]: 200, [`GET ${core}/two/secrets`]: 200, 'GET /api/v1/secrets': 200 },
  ],
  [
    'a ClusterRole by a RoleBinding: in its namespace',
    [readers, roleBinding('b', 'ClusterRole/readers', 'User/ada')],
    { [`GET ${core}/one/secrets/a`]: 200, [`GET ${core}/two/secrets`]: 403, 'GET /api/v1/secrets': 403 },
  ],
  [
    'a Role by a RoleBinding: in its namespace',
    [role('readers', rule('get list', 'secrets')), roleBinding('b', 'Role/readers', 'User/ada')],
    { [`GET ${core}/one/secrets/a`]: 200, [`GET ${core}/two/secrets`]: 403 },
  ],
  [
    'what a group of hers holds',
    [readers, clusterRoleBinding('b', 'ClusterRole/readers', 'Group/team')],
    { [`GET ${core}/one/secrets/a`]: 200 },
  ],
  [
    'what others hold: a user, a group, a service account of her name',
    [readers, clusterRoleBinding('b', 'ClusterRole/readers', 'User/eve', 'Group/ada', 'ServiceAccount/ada')],
    { [`GET ${core}/one/secrets/a`]: 403 },
  ],
  [
    'another verb',
    [clusterRole('r', rule('list', 'secrets')), clusterRoleBinding('b', 'ClusterRole/r', 'User/ada')],
    {
      [`GET ${core}/one/secrets`]: 200,
      [`GET ${core}/one/secrets/a`]: 403,
      [`GET ${core}/one/secrets?watch=true`]: 403,
    },
  ],
  [
    'the same resource of another API group',
    [clusterRole('r', rule('get', 'deployments.extensions')), clusterRoleBinding('b', 'ClusterRole/r', 'User/ada')],
    { [`GET ${apps}/one/deployments/d`]: 403 },
  ],
  [
    'stars',
    [clusterRole('r', rule('*', '*.*')), clusterRoleBinding('b', 'ClusterRole/r', 'User/ada')],
    { [`GET ${apps}/one/deployments/d/status`]: 200, [`DELETE ${core}/one/secrets/a`]: 200, 'GET /metrics': 403 },
  ],
  [
    'a resource without its subresources',
    [clusterRole('r', rule('get', 'deployments.apps')), clusterRoleBinding('b', 'ClusterRole/r', 'User/ada')],
    { [`GET ${apps}/one/deployments/d`]: 200, [`GET ${apps}/one/deployments/d/status`]: 403 },
  ],
  [
    'a subresource of every resource',
    [clusterRole('r', rule('get', '*/status.apps')), clusterRoleBinding('b', 'ClusterRole/r', 'User/ada')],
    { [`GET ${apps}/one/deployments/d`]: 403, [`GET ${apps}/one/deployments/d/status`]: 200 },
  ],
  [
    'one name: it, and a list that asks for it alone, but nothing new of that name',
    [clusterRole('r', rule('get list create', 'secrets', 'a')), clusterRoleBinding('b', 'ClusterRole/r', 'User/ada')],
    {
      [`GET ${core}/one/secrets/a`]: 200,
      [`GET ${core}/one/secrets/b`]: 403,
      [`GET ${core}/one/secrets`]: 403,
      [`GET ${core}/one/secrets?fieldSelector=metadata.name=a`]: 200,
      [`GET ${core}/one/secrets?fieldSelector=metadata.name!=b`]: 403,
      [`POST ${core}/one/secrets`]: 403,
    },
  ],
  [
    'paths that are no resources',
    [
      clusterRole('r', { verbs: ['get'], nonResourceURLs: ['/gone', '/nowhere/*'] }),
      clusterRoleBinding('b', 'ClusterRole/r', 'User/ada'),
    ],
    // Let in, and told that nothing is there.
    { 'GET /gone': 404, 'GET /gone/too': 403, 'GET /nowhere/at/all': 404, 'POST /gone': 403 },
  ],
  [
    'a role that does not exist, beside one that does',
    [
      readers,
      clusterRoleBinding('a', 'ClusterRole/gone', 'User/ada'),
      clusterRoleBinding('b', 'ClusterRole/readers', 'User/ada'),
    ],
    { [`GET ${core}/one/secrets/a`]: 200 },
  ],
  [
    'a right that a label aggregates into `view`',
    [
      clusterRoleBinding('b', 'ClusterRole/view', 'User/ada'),
      {
        ...readers,
        metadata: { name: 'more', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      },
    ],
    { [`GET ${core}/one/secrets/a`]: 200, [`GET ${core}/one/configmaps`]: 200, [`DELETE ${core}/one/secrets/a`]: 403 },
  ],
])('Somebody holds %s', async (_what, grants, answers) => {
  const { as, make } = await apiServer()
  await make(secret('a'), secret('b'), workload('Deployment', 'd'), ...grants)
  const ask = as('ada', 'team')

  for (const [line, expected] of Object.entries(answers)) {
    const { status, body } = await ask(line, line.startsWith('POST') ? secret('a') : undefined)
    expect(status, `${line}: ${JSON.stringify(body)}`).toBe(expected)
  }
})

test('Who may only update or patch does not make objects by that', async () => {
  const { as, make } = await apiServer()
  await make(clusterRole('r', rule('update patch', 'configmaps'), rule('update', 'roles.rbac.authorization.k8s.io')))
  await make(clusterRoleBinding('b', 'ClusterRole/r', 'User/ada'))
  const ask = as('ada')

  const applied = await ask(`APPLY ${core}/one/configmaps/a?fieldManager=f`, configMap('a'))
  const put = await ask('PUT /apis/rbac.authorization.k8s.io/v1/namespaces/one/roles/a', role('a'))

  expect([applied.status, put.status]).toEqual([403, 403])
  expect(applied.body.message).toContain('User "ada" cannot create resource "configmaps"')
  expect(put.body.message).toContain('User "ada" cannot create resource "roles"')
})

test('A service account is let in by its name and by the groups of all accounts', async () => {
  const { ask, withToken, make } = await apiServer()
  await make(serviceAccount('robot'), readers, clusterRoleBinding('b', 'ClusterRole/readers', 'ServiceAccount/robot'))
  await make(role('maps', rule('list', 'configmaps')))
  await make(roleBinding('b', 'Role/maps', 'Group/system:serviceaccounts:one'))
  const { body } = await ask(`POST ${core}/one/serviceaccounts/robot/token`, {})
  const robot = withToken(body.status.token)

  expect(await robot(`GET ${core}/two/secrets`)).toMatchObject({ status: 200 })
  expect(await robot(`GET ${core}/one/configmaps`)).toMatchObject({ status: 200 })
  expect(await robot(`GET ${core}/two/configmaps`)).toMatchObject({ status: 403 })
})

describe('A refusal says who may not do what, and where', () => {
  test.each([
    [
      `GET ${core}/one/secrets/a`,
      'secrets "a" is forbidden: User "ada" cannot get resource "secrets" in API group "" in the namespace "one"',
    ],
    [
      'GET /apis/apps/v1/deployments',
      'deployments.apps is forbidden: User "ada" cannot list resource "deployments" in API group "apps" at the cluster scope',
    ],
    [
      `POST ${core}/one/serviceaccounts/s/token`,
      'serviceaccounts "s" is forbidden: User "ada" cannot create resource "serviceaccounts/token" in API group "" in the namespace "one"',
    ],
    [
      'DELETE /api/v1/namespaces/one',
      'namespaces "one" is forbidden: User "ada" cannot delete resource "namespaces" in API group "" in the namespace "one"',
    ],
    ['GET /metrics', 'forbidden: User "ada" cannot get path "/metrics"'],
  ])('%s', async (line, message) => {
    const { as } = await apiServer()
    expect(await as('ada')(line)).toMatchObject({ status: 403, body: { reason: 'Forbidden', message } })
  })

  test('and which role a binding names in vain', async () => {
    const { as, make } = await apiServer()
    await make(clusterRoleBinding('b', 'ClusterRole/gone', 'User/ada'))
    const { body } = await as('ada')('GET /api/v1/secrets')
    expect(body.message).toMatch(/at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found$/)
  })
})

test('Without a token one is anonymous, and with a wrong one nobody', async () => {
  const { withToken } = await apiServer()
  expect(await withToken(undefined)('GET /version')).toMatchObject({ status: 200 })
  expect((await withToken(undefined)('GET /api/v1/secrets')).body.message).toContain('User "system:anonymous"')
  expect(await withToken('a.b.c')('GET /version')).toMatchObject({ status: 401, body: { message: 'Unauthorized' } })
})
