import { expect, test } from 'vitest'
import { apiServer } from './api-server.ts'
import { configMap, serviceAccount, workload } from './objects.ts'

const one = '/api/v1/namespaces/one'
const apps = '/apis/apps/v1/namespaces/one'

test.each([
  [`GET ${one}/configmaps?watch=true`, 'watch: configmaps'],
  [`DELETE ${one}/configmaps`, 'delete collections: configmaps'],
  [`STRATEGIC ${one}/configmaps/m`, 'do strategic merge patches'],
  [`GET ${apps}/daemonsets`, 'serve daemonsets of apps/v1'],
  [`GET ${apps}/deployments/d/scale`, 'serve deployments/scale of apps/v1'],
  [`GET ${one}/pods/p/log`, 'serve pods/log of v1'],
  ['GET /api/v1/nodes', 'serve nodes of v1'],
  ['POST /apis/authentication.k8s.io/v1/tokenreviews', 'serve tokenreviews of authentication.k8s.io/v1'],
])('%s is what only the sandbox lacks: 501, and its name', async (line, what) => {
  const { ask, make } = await apiServer()
  await make(configMap('m'), workload('Deployment', 'd'))
  const { status, body } = await ask(line, {})
  expect({ status, message: body.message }).toEqual({ status: 501, message: `the sandbox does not ${what}` })
})

test('Nobody is impersonated', async () => {
  const { ask } = await apiServer()
  const { status, body } = await ask('GET /version', undefined, { 'impersonate-user': 'ada' })
  expect({ status, message: body.message }).toEqual({ status: 501, message: 'the sandbox does not impersonate users' })
})

test.each<[line: string, status: number, answer: unknown]>([
  ['GET /apis/argoproj.io/v1alpha1/applications', 404, '404 page not found\n'],
  ['GET /nothing', 404, '404 page not found\n'],
  [`GET ${one}/configs`, 404, { message: 'the server could not find the requested resource' }],
  [`GET ${one}/configmaps/m/status`, 404, { message: 'the server could not find the requested resource' }],
  [`POST ${one}/configmaps/m`, 405, { message: 'the server does not allow this method on the requested resource' }],
  [`PUT ${one}/configmaps`, 405, { reason: 'MethodNotAllowed' }],
  [`GET ${one}/serviceaccounts/s/token`, 405, { reason: 'MethodNotAllowed' }],
  ['GET /apis/authorization.k8s.io/v1/subjectaccessreviews', 405, { reason: 'MethodNotAllowed' }],
])('%s is what no API server has: %i', async (line, status, answer) => {
  const { ask, make } = await apiServer()
  await make(configMap('m'), serviceAccount('s'))
  const { status: answered, body } = await ask(line, configMap('m'))
  expect(answered, JSON.stringify(body)).toBe(status)
  if (typeof answer === 'string') expect(body).toBe(answer)
  else expect(body).toMatchObject({ kind: 'Status', code: status, ...(answer as object) })
})

test.each([
  ['no JSON', '{', 'the body could not be decoded: '],
  ['no object', '"text"', 'the body is no object'],
  ['a list', '[]', 'the object provided is unrecognized (must be of type ConfigMap)'],
  [
    'another kind that there is',
    { kind: 'Secret', apiVersion: 'v1' },
    'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
  ],
  [
    'a value of the wrong type',
    configMap('m', { x: true }),
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ConfigMap.data of type string',
  ],
  [
    'another namespace',
    configMap('m', {}, { namespace: 'two' }),
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
])('A body that is %s is refused', async (_what, body, message) => {
  const { ask } = await apiServer()
  const answer = await ask(`POST ${one}/configmaps`, body)
  expect(answer.status).toBe(400)
  expect(answer.body.message).toContain(message)
})

test('A field that there is not is dropped, or refused where the client wants that', async () => {
  const { ask } = await apiServer()
  const body = { ...configMap('m'), dada: { x: '1' } }
  const strict = await ask(`POST ${one}/configmaps?fieldValidation=Strict`, body)
  expect(strict.status).toBe(400)
  expect(strict.body.message).toContain('strict decoding error: unknown field "dada"')
  const { status, body: made } = await ask(`POST ${one}/configmaps`, body)
  expect(status).toBe(201)
  expect(made).not.toHaveProperty('dada')
})
