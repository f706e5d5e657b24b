import { expect, test } from 'vitest'
import { apiServer } from './api-server.ts'
import { configMap, container, workload } from './objects.ts'

const path = '/api/v1/namespaces/one/configmaps/m'
const labels = { a: '1', 'example.com/b': '1' }
const start = configMap('m', { x: '1', y: '1' }, { labels })

test.each<[kind: string, what: string, patch: unknown, data: object | undefined, labelsAfter?: object]>([
  ['MERGE', 'changes a field', { data: { x: '2' } }, { x: '2', y: '1' }],
  ['MERGE', 'takes a field away by null', { data: { x: null } }, { y: '1' }],
  ['MERGE', 'takes a whole map away by null', { data: null }, undefined],
  ['JSON-PATCH', 'adds a field', [{ op: 'add', path: '/data/z', value: '1' }], { x: '1', y: '1', z: '1' }],
  ['JSON-PATCH', 'removes a field', [{ op: 'remove', path: '/data/x' }], { y: '1' }],
  ['JSON-PATCH', 'replaces a map', [{ op: 'replace', path: '/data', value: { z: '1' } }], { z: '1' }],
  ['JSON-PATCH', 'moves a field', [{ op: 'move', from: '/data/x', path: '/data/z' }], { y: '1', z: '1' }],
  ['JSON-PATCH', 'copies a value', [{ op: 'copy', from: '/metadata/name', path: '/data/x' }], { x: 'm', y: '1' }],
  [
    'JSON-PATCH',
    'goes on after a test that holds',
    [
      { op: 'test', path: '/data/x', value: '1' },
      { op: 'remove', path: '/data/x' },
    ],
    { y: '1' },
  ],
  [
    'JSON-PATCH',
    'reads the escape of a slash',
    [{ op: 'remove', path: '/metadata/labels/example.com~1b' }],
    { x: '1', y: '1' },
    { a: '1' },
  ],
])('A %s %s', async (kind, _what, patch, data, labelsAfter = labels) => {
  const { ask, make } = await apiServer()
  await make(start)
  expect(await ask(`${kind} ${path}`, patch)).toMatchObject({ status: 200, write: true })
  const { body } = await ask(`GET ${path}`)
  expect(body.data).toEqual(data)
  expect(body.metadata.labels).toEqual(labelsAfter)
})

test('Lists are replaced as a whole by a merge patch, and changed item by item by a JSON patch', async () => {
  const { ask, make } = await apiServer()
  const deployment = '/apis/apps/v1/namespaces/one/deployments/d'
  await make(
    workload('Deployment', 'd', {}, { containers: [container({ args: ['a', 'c'] }), container({ name: 'd' })] }),
  )
  const spec = '/spec/template/spec/containers'

  const inserted = await ask(`JSON-PATCH ${deployment}`, [
    { op: 'add', path: `${spec}/0/args/1`, value: 'b' },
    { op: 'add', path: `${spec}/0/args/-`, value: 'd' },
    { op: 'remove', path: `${spec}/1` },
  ])
  expect(inserted.body.spec.template.spec.containers).toMatchObject([{ name: 'c', args: ['a', 'b', 'c', 'd'] }])

  const replaced = await ask(`MERGE ${deployment}`, {
    spec: { template: { spec: { containers: [container({ name: 'e' })] } } },
  })
  expect(replaced.body.spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual(['e'])
})

test.each<[what: string, line: string, patch: unknown, status: number, message: string]>([
  [
    'a test that does not hold',
    `JSON-PATCH ${path}`,
    [{ op: 'test', path: '/data/x', value: '2' }],
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    'something to remove that is not there',
    `JSON-PATCH ${path}`,
    [{ op: 'remove', path: '/data/z' }],
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    'an operation that there is not',
    `JSON-PATCH ${path}`,
    [{ op: 'mend', path: '/data' }],
    422,
    'the server rejected our request due to an error in our request',
  ],
  [
    'no list of operations',
    `JSON-PATCH ${path}`,
    { op: 'remove' },
    400,
    'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
  ],
  [
    'another name',
    `MERGE ${path}`,
    { metadata: { name: 'n' } },
    400,
    'the name of the object (n) does not match the name on the URL (m)',
  ],
  [
    'a value of the wrong type',
    `MERGE ${path}`,
    { data: { x: 1 } },
    422,
    'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  ],
  ['nothing to change', `MERGE ${path}s`, {}, 404, 'configmaps "ms" not found'],
  [
    'a version that is not the last',
    `MERGE ${path}`,
    { metadata: { resourceVersion: '1' } },
    409,
    'Operation cannot be fulfilled on configmaps "m": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [
    'force',
    `MERGE ${path}?force=true`,
    {},
    422,
    'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  ],
  ['a merge by strategy', `STRATEGIC ${path}`, {}, 501, 'the sandbox does not do strategic merge patches'],
])('A patch is refused that has %s', async (_what, line, patch, status, message) => {
  const { ask, make } = await apiServer()
  await make(start)
  const before = await ask(`GET ${path}`)
  const answer = await ask(line, patch)
  expect({ status: answer.status, message: answer.body.message }).toEqual({
    status,
    message: expect.stringContaining(message),
  })
  expect(await ask(`GET ${path}`)).toEqual(before)
})

test('A patch of no known media type is not read', async () => {
  const { ask, make } = await apiServer()
  await make(start)
  expect(await ask(`PATCH ${path}`, {})).toMatchObject({ status: 415 })
})

test('A patch that changes nothing is no write, nor is one that is only tried', async () => {
  const { ask, make } = await apiServer()
  await make(start)
  const before = await ask(`GET ${path}`)
  expect(await ask(`MERGE ${path}`, { data: { x: '1' } })).toEqual(before)
  expect(await ask(`MERGE ${path}?dryRun=All`, { data: { x: '2' } })).toMatchObject({
    status: 200,
    write: false,
    body: { data: { x: '2' } },
  })
  expect(await ask(`GET ${path}`)).toEqual(before)
})
