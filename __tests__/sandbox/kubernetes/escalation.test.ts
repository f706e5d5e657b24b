import { expect, test } from 'vitest'
import { apiServer, collectionOf } from './api-server.ts'
import { clusterRole, clusterRoleBinding, role, roleBinding, rule } from './objects.ts'

const rbac = 'rbac.authorization.k8s.io'
const writes = 'get create update patch'

/** What Ada holds: she may write roles and bindings, and so hand on what else she holds, but nothing more. */
const held = [
  rule(writes, `roles.${rbac}`),
  rule(writes, `rolebindings.${rbac}`),
  rule(writes, `clusterroles.${rbac}`),
  rule(writes, `clusterrolebindings.${rbac}`),
  rule('get list', 'configmaps'),
  rule('get', 'secrets', 'a'),
  { verbs: ['get'], nonResourceURLs: ['/logs/*'] },
]

async function start(...more: object[]) {
  const server = await apiServer()
  await server.make(clusterRole('held', ...held, ...more), clusterRoleBinding('held', 'ClusterRole/held', 'User/ada'))
  return { ...server, ada: server.as('ada') }
}

test.each([
  ['what one holds', 201, [rule('get list', 'configmaps')]],
  ['less than that', 201, [rule('get', 'configmaps', 'x')]],
  ['one name, as held', 201, [rule('get', 'secrets', 'a')]],
  ['paths below a held one', 201, [{ verbs: ['get'], nonResourceURLs: ['/logs/kubelet', '/logs/a/*'] }]],
  ['nothing', 201, []],
  ['another verb', 403, [rule('get delete', 'configmaps')]],
  ['another resource', 403, [rule('get', 'pods')]],
  ['a subresource of a held resource', 403, [rule('get', 'configmaps/status')]],
  ['another name', 403, [rule('get', 'secrets', 'b')]],
  ['every name, where one is held', 403, [rule('get', 'secrets')]],
  ['all that a star means', 403, [rule('*', 'configmaps')]],
  ['another path', 403, [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }]],
])('Who makes a ClusterRole that grants %s is answered %i', async (_what, expected, rules) => {
  const { ada } = await start()
  const { status, body } = await ada(`POST /apis/${rbac}/v1/clusterroles`, clusterRole('new', ...rules))
  expect(status, JSON.stringify(body)).toBe(expected)
})

test('The refusal lists what is not held, rule by rule', async () => {
  const { ada } = await start()
  const wanted = role('new', rule('get list delete', 'configmaps'), rule('get', 'pods'), rule('get', 'secrets', 'b'))
  const { status, body } = await ada(`POST /apis/${rbac}/v1/namespaces/one/roles`, wanted)
  expect(status).toBe(403)
  expect(body.message.split('\n')).toEqual([
    'roles.rbac.authorization.k8s.io "new" is forbidden: user "ada" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
    '{APIGroups:[""], Resources:["configmaps"], Verbs:["delete"]}',
    '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}',
  ])
})

test.each([
  ['a role that is covered', 201, 'ClusterRole/covered', []],
  ['a role that is not', 403, 'ClusterRole/edit', []],
  ['one that she may bind', 201, 'ClusterRole/edit', [rule('bind', `clusterroles.${rbac}`, 'edit')]],
  ['another than she may bind', 403, 'ClusterRole/admin', [rule('bind', `clusterroles.${rbac}`, 'edit')]],
  ['one that does not exist', 404, 'ClusterRole/gone', []],
])('Who makes a binding to %s is answered %i', async (_what, expected, of, more) => {
  const { ada, make } = await start(...more)
  await make(clusterRole('covered', rule('get', 'configmaps')))
  for (const binding of [clusterRoleBinding('new', of, 'User/eve'), roleBinding('new', of, 'User/eve')]) {
    const { status, body } = await ada(`POST ${collectionOf(binding)}`, binding)
    expect(status, JSON.stringify(body)).toBe(expected)
  }
})

test('Who may escalate a role may write anything into it', async () => {
  const { ada } = await start(rule('escalate', `clusterroles.${rbac}`, 'mine'))
  const power = rule('*', '*.*')
  const path = `/apis/${rbac}/v1/clusterroles`
  expect(await ada(`PUT ${path}/mine`, clusterRole('mine', power))).toMatchObject({ status: 201 })
  expect(await ada(`PUT ${path}/yours`, clusterRole('yours', power))).toMatchObject({ status: 403 })
})

test('A role beyond what one holds may be touched where nothing more is granted', async () => {
  const { ada, make } = await start()
  await make(clusterRole('powerful', rule('*', '*.*')))
  const path = `/apis/${rbac}/v1/clusterroles/powerful`
  expect(await ada(`MERGE ${path}`, { metadata: { finalizers: ['example.com/f'] } })).toMatchObject({ status: 200 })
  expect(await ada(`MERGE ${path}`, { metadata: { labels: { a: 'b' } } })).toMatchObject({ status: 403 })
})

test('Aggregation takes the rights of a cluster administrator', async () => {
  const { ada, ask } = await start()
  const aggregated = { ...clusterRole('new'), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }
  const { status, body } = await ada(`POST /apis/${rbac}/v1/clusterroles`, aggregated)
  expect(status).toBe(403)
  expect(body.message).toContain('must have cluster-admin privileges to use the aggregationRule')
  expect(await ask(`POST /apis/${rbac}/v1/clusterroles`, aggregated)).toMatchObject({ status: 201 })
})
