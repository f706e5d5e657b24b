import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { now } from '../../../sandbox/world.ts'
import { apiServer } from './api-server.ts'
import { clusterRole, clusterRoleBinding, rule, serviceAccount } from './objects.ts'

const account = '/api/v1/namespaces/one/serviceaccounts/robot'
const request = (spec: object) => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec })

async function start() {
  const server = await apiServer()
  await server.make(serviceAccount('robot'))
  return server
}

test.each([
  ['nothing', {}, { audiences: ['https://kubernetes.default.svc'], seconds: 3600 }],
  ['no audience', { audiences: [] }, { audiences: ['https://kubernetes.default.svc'], seconds: 3600 }],
  ['an audience', { audiences: ['api://x'] }, { audiences: ['api://x'], seconds: 3600 }],
  [
    'two audiences, for ten minutes',
    { audiences: ['x', 'y'], expirationSeconds: 600 },
    { audiences: ['x', 'y'], seconds: 600 },
  ],
])('Who asks for %s gets a token that says so', async (_what, spec, { audiences, seconds }) => {
  const { ask, cluster, world } = await start()
  const { status, body, write } = await ask(`POST ${account}/token`, request(spec))
  expect({ status, write }, 'a token is no write').toEqual({ status: 201, write: false })
  expect(body.spec).toMatchObject({ audiences, expirationSeconds: seconds })

  const claims = decodeJwt(body.status.token)
  expect(claims).toMatchObject({
    iss: cluster.issuerUrl,
    sub: 'system:serviceaccount:one:robot',
    aud: audiences,
    'kubernetes.io': { namespace: 'one', serviceaccount: { name: 'robot' } },
  })
  expect(claims.exp! - claims.iat!).toBe(seconds)
  expect(Math.abs(claims.iat! - now(world) / 1000)).toBeLessThan(5)
  expect(Date.parse(body.status.expirationTimestamp)).toBe(claims.exp! * 1000)
})

test.each([
  [
    'less than ten minutes',
    `${account}/token`,
    { expirationSeconds: 599 },
    422,
    'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
  ],
  [
    'more than 2^32 seconds',
    `${account}/token`,
    { expirationSeconds: 2 ** 32 + 1 },
    422,
    'may not specify a duration larger than 2^32 seconds',
  ],
  ['an account that does not exist', `${account}s/token`, {}, 404, 'serviceaccounts "robots" not found'],
  ['a namespace that does not exist', `${account.replace('one', 'no')}/token`, {}, 404, 'namespaces "no" not found'],
])('There is no token for %s', async (_what, path, spec, status, message) => {
  const { ask } = await start()
  const answer = await ask(`POST ${path}`, request(spec))
  expect(answer.status).toBe(status)
  expect(answer.body.message).toContain(message)
})

test('It takes a right of its own to ask for one', async () => {
  const { as, make } = await start()
  await make(clusterRole('accounts', rule('get create', 'serviceaccounts')))
  await make(clusterRoleBinding('accounts', 'ClusterRole/accounts', 'User/ada'))
  expect(await as('ada')(`POST ${account}/token`, request({}))).toMatchObject({ status: 403 })
  await make(clusterRole('tokens', rule('create', 'serviceaccounts/token', 'robot')))
  await make(clusterRoleBinding('tokens', 'ClusterRole/tokens', 'User/ada'))
  expect(await as('ada')(`POST ${account}/token`, request({}))).toMatchObject({ status: 201 })
})

test.each<[until: string, change: (server: Awaited<ReturnType<typeof start>>) => unknown]>([
  ['its time is over', ({ world }) => Object.assign(world, { clockAhead: world.clockAhead + 3_601_000 })],
  ['its account is deleted', ({ ask }) => ask(`DELETE ${account}`)],
  [
    'its account is made anew',
    async ({ ask, make }) => {
      await ask(`DELETE ${account}`)
      await make(serviceAccount('robot'))
    },
  ],
])('The API server takes a token until %s', async (_until, change) => {
  const server = await start()
  const { body } = await server.ask(`POST ${account}/token`, request({}))
  const robot = server.withToken(body.status.token)
  expect(await robot('GET /version')).toMatchObject({ status: 200 })
  await change(server)
  expect(await robot('GET /version')).toMatchObject({ status: 401 })
})

test('A token for others is none for the API server', async () => {
  const { ask, withToken } = await start()
  const { body } = await ask(`POST ${account}/token`, request({ audiences: ['api://AzureADTokenExchange'] }))
  expect(await withToken(body.status.token)('GET /version')).toMatchObject({ status: 401 })
})
