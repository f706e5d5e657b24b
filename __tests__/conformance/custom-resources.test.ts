import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { argoCdOn } from '../../sandbox/worlds/argo-cd.ts'
import { worldOf } from '../../sandbox/worlds/builder.ts'
import { cluster } from '../../sandbox/worlds/clusters.ts'

/** The same questions to an embedded API server and, with KUBEBUILDER_ASSETS, to a real one. */
const hub = 'argocd-rg/argocd-aks'
const other = 'dev-rg/devworkloadaks1'
const group = '/apis/argoproj.io/v1alpha1'
const applications = `${group}/namespaces/argocd/applications`

let sandbox: Sandbox
beforeAll(async () => {
  const argoCd = argoCdOn(hub, { version: 'v3.5.1', layout: 'upstream' })
  sandbox = await startSandbox(worldOf('custom', cluster(hub), argoCd, cluster(other)))
})
afterAll(() => sandbox?.stop())

async function ask(method: string, path: string, body?: object, type?: string, at = hub) {
  const answer = await sandbox.administer(at, method, path, body, type)
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever fields they expect
  return { status: answer.status, body: answer.body as any }
}

const application = (name: string, spec?: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name, namespace: 'argocd' },
  ...(spec && { spec }),
})
const destination = { server: 'https://a:443', namespace: 'web' }

test('a cluster with Argo CD serves its kinds, another does not', async () => {
  const { body } = await ask('GET', group)
  const described = body.resources.map(({ name, kind, namespaced }: Record<string, unknown>) => [
    name,
    kind,
    namespaced,
  ])
  expect(described.sort()).toEqual([
    ['applications', 'Application', true],
    ['applicationsets', 'ApplicationSet', true],
    ['applicationsets/status', 'ApplicationSet', true],
    ['appprojects', 'AppProject', true],
  ])
  for (const path of [group, `${group}/applications`]) {
    expect(await ask('GET', path, undefined, undefined, other), path).toMatchObject({ status: 404 })
  }
})

test('what an object says is kept as it comes, field by field with its owners', async () => {
  const spec = { destination, sources: [{ repoURL: 'r', helm: { parameters: [] } }], ignored: {} }
  const sent = { ...application('kept', spec), operation: { retry: { limit: 0 } }, unknown: 1 }
  const made = await ask('POST', `${applications}?fieldManager=somebody`, sent)
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 })
  const { metadata, ...rest } = made.body
  expect(rest).toEqual({ ...application('kept', spec), metadata: undefined, operation: sent.operation })
  expect(metadata.generation).toBe(1)
  expect(metadata.managedFields).toMatchObject([{ manager: 'somebody', operation: 'Update' }])
  expect(metadata.managedFields[0].fieldsV1).toEqual({
    'f:operation': { '.': {}, 'f:retry': { '.': {}, 'f:limit': {} } },
    'f:spec': {
      '.': {},
      'f:destination': { '.': {}, 'f:namespace': {}, 'f:server': {} },
      'f:ignored': {},
      'f:sources': {},
    },
  })
})

test('an object that is applied by two is merged, down to the fields that each one owns', async () => {
  const path = `${applications}/shared`
  const apply = (manager: string, spec: object) =>
    ask('PATCH', `${path}?fieldManager=${manager}`, application('shared', spec), 'application/apply-patch+yaml')
  expect(await apply('one', { destination: { server: 'https://a' } })).toMatchObject({ status: 201 })
  expect(await apply('two', { destination: { namespace: 'web' }, list: [1] })).toMatchObject({ status: 200 })
  const conflicting = await apply('two', { destination: { server: 'https://b' } })
  expect(conflicting).toMatchObject({ status: 409, body: { reason: 'Conflict' } })
  const { body } = await apply('two', { list: [2] })
  expect(body).toMatchObject({ spec: { destination: { server: 'https://a' }, list: [2] }, metadata: { generation: 3 } })
  expect(body.spec.destination).not.toHaveProperty('namespace')
})

test('generations count what an object wants: of an ApplicationSet its spec, of an Application all but metadata', async () => {
  const merge = (path: string, patch: object) => ask('PATCH', path, patch, 'application/merge-patch+json')
  await ask('POST', applications, application('counted', { destination }))
  const path = `${applications}/counted`
  expect((await merge(path, { metadata: { labels: { a: 'b' } } })).body.metadata.generation).toBe(1)
  expect((await merge(path, { status: { sync: {} } })).body.metadata.generation).toBe(2)
  expect((await merge(path, { spec: { destination: { namespace: null } } })).body).toMatchObject({
    metadata: { generation: 3 },
    spec: { destination: { server: destination.server } },
  })

  const set = { ...application('set', { generators: [] }), kind: 'ApplicationSet' }
  const sets = `${group}/namespaces/argocd/applicationsets`
  expect(await ask('POST', sets, { ...set, status: { lost: true } })).toMatchObject({ status: 201 })
  expect((await merge(`${sets}/set`, { status: { lost: true } })).body.status).toBeUndefined()
  const reported = await merge(`${sets}/set/status`, { status: { resources: [] }, spec: { generators: [1] } })
  expect(reported.body).toMatchObject({
    status: { resources: [] },
    spec: { generators: [] },
    metadata: { generation: 1 },
  })
})

test.each<[what: string, method: string, path: string, body: object | undefined, status: number, message: string]>([
  [
    'an object without spec',
    'POST',
    applications,
    application('x'),
    422,
    'Application.argoproj.io "x" is invalid: spec: Required value',
  ],
  ['what is not there', 'GET', `${applications}/none`, undefined, 404, 'applications.argoproj.io "none" not found'],
  [
    'a namespace that is not there',
    'POST',
    applications.replace('argocd', 'none'),
    { ...application('x', {}), metadata: { name: 'x', namespace: 'none' } },
    404,
    'namespaces "none" not found',
  ],
])('%s is refused', async (_what, method, path, body, status, message) => {
  const answer = await ask(method, path, body)
  expect(answer).toMatchObject({ status, body: { message } })
})

test('they are listed across namespaces in pages, each with its kind, and deleted', async () => {
  await ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } })
  for (const [name, namespace] of [
    ['a', 'team'],
    ['b', 'team'],
  ]) {
    const object = { ...application(name!, { destination }), metadata: { name, namespace } }
    expect(await ask('POST', applications.replace('argocd', namespace!), object)).toMatchObject({ status: 201 })
  }
  const inTeam = applications.replace('argocd', 'team')
  const { body: first } = await ask('GET', `${inTeam}?limit=1`)
  expect(first).toMatchObject({ kind: 'ApplicationList', items: [{ kind: 'Application', metadata: { name: 'a' } }] })
  const { body: second } = await ask('GET', `${inTeam}?limit=1&continue=${first.metadata.continue}`)
  expect(second.items).toMatchObject([{ metadata: { name: 'b' } }])
  const { body: all } = await ask('GET', `${group}/applications`)
  expect(new Set(all.items.map((item: { metadata: { namespace: string } }) => item.metadata.namespace))).toEqual(
    new Set(['argocd', 'team']),
  )
  expect(await ask('DELETE', `${inTeam}/a`)).toMatchObject({ status: 200 })
  expect((await ask('GET', inTeam)).body.items).toHaveLength(1)
  expect((await sandbox.objects(hub)).filter(({ kind }) => kind === 'Application').length).toBeGreaterThan(1)
})
