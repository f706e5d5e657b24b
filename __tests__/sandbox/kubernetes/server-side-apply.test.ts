import { describe, expect, test } from 'vitest'
import { renderPath } from '../../../sandbox/kubernetes/server-side-apply/field-set.ts'
import { ownersOf } from '../../../sandbox/kubernetes/server-side-apply/managed-fields.ts'
import type { KubernetesObject } from '../../../sandbox/world.ts'
import { type ApiServer, type Ask, apiServer, type Reply } from './api-server.ts'
import { configMap, container, secret, workload } from './objects.ts'

const collection = '/api/v1/namespaces/one/configmaps'
const path = `${collection}/m`

type Step = (ask: Ask) => Promise<Reply>
const apply = (by: string, data: object, options = ''): Step => {
  return ask => ask(`APPLY ${path}?fieldManager=${by}${options}`, configMap('m', data))
}
const force = (by: string, data: object): Step => apply(by, data, '&force=true')
const create = (by: string, data: object): Step => {
  return ask => ask(`POST ${collection}?fieldManager=${by}`, configMap('m', data))
}
const merge = (by: string, patch: object): Step => {
  return ask => ask(`MERGE ${path}?fieldManager=${by}`, patch)
}

/** Carries out steps that all have to succeed, and returns the last answer. */
async function after({ ask }: ApiServer, steps: Step[]): Promise<Reply> {
  let last: Reply | undefined
  for (const step of steps) {
    last = await step(ask)
    expect(last.status, JSON.stringify(last.body)).toBeLessThan(300)
  }
  return last!
}

/** Which fields whoever wrote the object owns. */
const ownedOf = (object: KubernetesObject): Record<string, string[]> =>
  Object.fromEntries(
    [...ownersOf(object).values()].map(({ manager, operation, fields }) => [
      operation === 'Apply' ? manager : `${manager}, by updates`,
      [...fields].map(renderPath).sort(),
    ]),
  )

test.each<[what: string, Step[], data: object | undefined, owners: Record<string, string[]>]>([
  ['sets a field: it is its own', [apply('a', { x: '1' })], { x: '1' }, { a: ['.data.x'] }],
  [
    'sets another field than somebody else: to each their own',
    [apply('a', { x: '1' }), apply('b', { y: '1' })],
    { x: '1', y: '1' },
    { a: ['.data.x'], b: ['.data.y'] },
  ],
  [
    'sets a field to what it is: both own it',
    [apply('a', { x: '1' }), apply('b', { x: '1' })],
    { x: '1' },
    { a: ['.data.x'], b: ['.data.x'] },
  ],
  [
    'takes a field by force: the other loses that one',
    [apply('a', { x: '1', y: '1' }), force('b', { x: '2' })],
    { x: '2', y: '1' },
    { a: ['.data.y'], b: ['.data.x'] },
  ],
  [
    'gives a field up: it is removed',
    [apply('a', { x: '1', y: '1' }), apply('a', { x: '1' })],
    { x: '1' },
    { a: ['.data.x'] },
  ],
  [
    'gives up what somebody else owns too: it stays',
    [apply('a', { x: '1', y: '1' }), apply('b', { y: '1' }), apply('a', { x: '1' })],
    { x: '1', y: '1' },
    { a: ['.data.x'], b: ['.data.y'] },
  ],
  [
    'gives everything up: nothing of it is left, its name neither',
    [apply('a', { x: '1' }), apply('b', { y: '1' }), apply('a', {})],
    { y: '1' },
    { a: ['.data'], b: ['.data.y'] },
  ],
  [
    'changes its own field: nobody minds',
    [apply('a', { x: '1' }), apply('a', { x: '2' })],
    { x: '2' },
    { a: ['.data.x'] },
  ],
  [
    'comes after a creation: what it repeats is shared',
    [create('u', { x: '1', y: '1' }), apply('a', { x: '1' })],
    { x: '1', y: '1' },
    { a: ['.data.x'], 'u, by updates': ['.data', '.data.x', '.data.y'] },
  ],
  [
    'is followed by an update: what that changes is no longer its own',
    [apply('a', { x: '1', y: '1' }), merge('u', { data: { x: '2' } })],
    { x: '2', y: '1' },
    { a: ['.data.y'], 'u, by updates': ['.data.x'] },
  ],
  [
    'is followed by an update that removes a field: nobody owns it',
    [apply('a', { x: '1', y: '1' }), merge('u', { data: { x: null } })],
    { y: '1' },
    { a: ['.data.y'] },
  ],
  [
    'comes where nobody is known to own anything: all that was there is somebody’s from before',
    [create('u', { x: '1' }), merge('u', { metadata: { managedFields: [{}] } }), apply('a', { y: '1' })],
    { x: '1', y: '1' },
    { a: ['.data.y'], 'before-first-apply, by updates': ['.data', '.data.x'] },
  ],
])('An applier %s', async (_what, steps, data, owners) => {
  const server = await apiServer()
  const { body } = await after(server, steps)
  expect(body.data).toEqual(data)
  expect(ownedOf(body)).toEqual(owners)
})

test.each<[what: string, Step[], attempt: Step, message: string]>([
  [
    'another applier’s field',
    [apply('a', { x: '1' })],
    apply('b', { x: '2' }),
    'Apply failed with 1 conflict: conflict with "a": .data.x',
  ],
  [
    'a field that an update wrote',
    [create('u', { x: '1' })],
    apply('b', { x: '2' }),
    'Apply failed with 1 conflict: conflict with "u" using v1: .data.x',
  ],
  [
    'fields of several',
    [apply('a', { x: '1' }), apply('c', { y: '1', z: '1' })],
    apply('b', { x: '2', y: '2', z: '2' }),
    'Apply failed with 3 conflicts: conflicts with "a":\n- .data.x\nconflicts with "c":\n- .data.y\n- .data.z',
  ],
  [
    'its own field, which an update took over',
    [apply('a', { x: '1' }), merge('u', { data: { x: '2' } })],
    apply('a', { x: '1' }),
    'Apply failed with 1 conflict: conflict with "u" using v1: .data.x',
  ],
])('Who would change %s is told of the conflict, and nothing is written', async (_what, steps, attempt, message) => {
  const server = await apiServer()
  const before = await after(server, steps)
  const { status, body } = await attempt(server.ask)
  expect({ status, reason: body.reason, message: body.message }).toEqual({ status: 409, reason: 'Conflict', message })
  expect((await server.ask(`GET ${path}`)).body).toEqual(before.body)
})

describe('Nothing is written', () => {
  test('by a dry run, which answers what would be', async () => {
    const server = await apiServer()
    const made = await apply('a', { x: '1' }, '&dryRun=All')(server.ask)
    expect(made).toMatchObject({ status: 201, write: false, body: { data: { x: '1' } } })
    expect(await server.ask(`GET ${path}`)).toMatchObject({ status: 404 })

    const before = await after(server, [apply('a', { x: '1' })])
    const changed = await apply('a', { x: '2' }, '&dryRun=All')(server.ask)
    expect(changed).toMatchObject({ status: 200, write: false, body: { data: { x: '2' } } })
    expect(changed.body.metadata.resourceVersion).toBe(before.body.metadata.resourceVersion)
    expect((await server.ask(`GET ${path}`)).body).toEqual(before.body)
  })

  test('by an apply of what was applied before', async () => {
    const server = await apiServer()
    const before = await after(server, [apply('a', { x: '1' })])
    server.world.clockAhead += 3_600_000
    expect(await apply('a', { x: '1' })(server.ask)).toEqual({ status: 200, write: false, body: before.body })
  })
})

describe('Lists', () => {
  const at = '/apis/apps/v1/namespaces/one/deployments/d'
  const deployment = (...containers: object[]) => workload('Deployment', 'd', {}, { containers })
  const env = (...names: string[]) => names.map(name => ({ name, value: name }))
  const applyTo = ({ ask }: ApiServer, by: string, object: object, options = '') =>
    ask(`APPLY ${at}?fieldManager=${by}${options}`, object)
  const containersIn = ({ body }: Reply) => body.spec.template.spec.containers

  test('with keys are owned item by item, in the order of whoever applies', async () => {
    const server = await apiServer()
    await applyTo(server, 'a', deployment(container({ env: env('A', 'B') })))
    const both = await applyTo(server, 'b', deployment(container({ env: env('C', 'B') })))
    expect(containersIn(both)[0].env).toEqual(env('A', 'C', 'B'))
    const one = await applyTo(server, 'b', deployment(container({ env: env('C') })))
    expect(containersIn(one)[0].env).toEqual(env('A', 'C', 'B'))
    const none = await applyTo(server, 'a', deployment(container()))
    expect(containersIn(none)[0].env).toEqual(env('C'))
  })

  test('without keys are owned as a whole', async () => {
    const server = await apiServer()
    await applyTo(server, 'a', deployment(container({ args: ['x', 'y'] })))
    const { status, body } = await applyTo(server, 'b', deployment(container({ args: ['x', 'y', 'z'] })))
    expect(status).toBe(409)
    expect(body.message).toBe(
      'Apply failed with 1 conflict: conflict with "a": .spec.template.spec.containers[name="c"].args',
    )
  })

  test('hold what the server filled in, which nobody owns', async () => {
    const server = await apiServer()
    const made = await applyTo(server, 'a', deployment(container({ ports: [{ containerPort: 80 }] })))
    expect(containersIn(made)[0].ports).toEqual([{ containerPort: 80, protocol: 'TCP' }])
    const owned = ownedOf(made.body).a!
    expect(owned).toContain(
      '.spec.template.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].containerPort',
    )
    expect(owned.filter(field => /\.(protocol|imagePullPolicy|replicas)$/.test(field))).toEqual([])
  })

  test('and the status are not the main resource’s to write', async () => {
    const server = await apiServer()
    const { status, body } = await applyTo(server, 'a', { ...deployment(container()), status: { replicas: 7 } })
    expect(status).toBe(201)
    expect(body.status).toEqual({})
    expect(ownedOf(body).a!.filter(field => field.startsWith('.status'))).toEqual([])
  })
})

test.each<[what: string, query: string, object: object, status: number, message: string]>([
  [
    'nobody’s name',
    '',
    configMap('m'),
    422,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  ],
  ['another kind', '?fieldManager=a', secret('m'), 400, 'invalid object type: /v1, Kind=Secret'],
  [
    'managed fields',
    '?fieldManager=a',
    configMap('m', {}, { managedFields: [] }),
    400,
    'metadata.managedFields must be nil',
  ],
  [
    'a field that there is not',
    '?fieldManager=a',
    { ...configMap('m'), dada: {} },
    500,
    'failed to create typed patch object (one/m; /v1, Kind=ConfigMap): .dada: field not declared in schema',
  ],
  [
    'a value of the wrong type',
    '?fieldManager=a',
    configMap('m', { x: 1 }),
    500,
    'failed to create typed patch object (one/m; /v1, Kind=ConfigMap): .data.x: expected string, got &value.valueUnstructured{Value:1}',
  ],
  [
    'another name than the path',
    '?fieldManager=a',
    configMap('n'),
    400,
    'the name of the object (n) does not match the name on the URL (m)',
  ],
  [
    'another namespace than the path',
    '?fieldManager=a',
    configMap('m', {}, { namespace: 'two' }),
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
  [
    'a version that is not the last',
    '?fieldManager=a',
    configMap('m', { x: '1' }, { resourceVersion: '1' }),
    409,
    'Operation cannot be fulfilled on configmaps "m": the object has been modified; please apply your changes to the latest version and try again',
  ],
])('Who applies with %s is refused', async (_what, query, object, status, message) => {
  const { ask, make } = await apiServer()
  await make(configMap('m'))
  const answer = await ask(`APPLY ${path}${query}`, object)
  expect({ status: answer.status, message: answer.body.message }).toEqual({ status, message })
})

test('YAML is taken, too', async () => {
  const { ask } = await apiServer()
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m }\ndata:\n  x: "1"\n'
  expect(await ask(`APPLY ${path}?fieldManager=a`, yaml)).toMatchObject({ status: 201, body: { data: { x: '1' } } })
})
