import { describe, expect, test } from 'vitest'
import { comparable, difference, picture } from '../../sandbox/difference.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { fork, type KubernetesObject, type World } from '../../sandbox/world.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { cluster, smallWorld } from './small-world.ts'

const deployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'argocd-server',
    namespace: 'argocd',
    uid: 'a',
    resourceVersion: '1',
    generation: 1,
    managedFields: [
      {
        manager: 'helm',
        operation: 'Update',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {},
        time: 'then',
      },
    ],
  },
  spec: { template: { spec: { containers: [{ name: 'server', image: 'argocd' }] } } },
}

const secret = (config: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'dev', namespace: 'argocd' },
  data: { config: Buffer.from(JSON.stringify(config)).toString('base64') },
})

function worldWith(...objects: KubernetesObject[]): World {
  const world = smallWorld()
  const { kubernetes } = Object.values(world.clusters)[0]!
  kubernetes.objects = structuredClone(Object.fromEntries(objects.map((object, index) => [String(index), object])))
  return world
}

// biome-ignore lint/suspicious/noExplicitAny: reaches into objects as a test writes them
const objectOf = (world: World): any => Object.values(world.clusters)[0]!.kubernetes.objects['0']

function change(world: World, hand: (world: World) => void): [World, World] {
  const after = fork(world)
  hand(after)
  return [world, after]
}

describe('a difference', () => {
  test('names the smallest fields', () => {
    const [before, after] = change(worldWith(deployment), world => {
      const object = objectOf(world)
      object.metadata.labels = { 'app.kubernetes.io/name': 'server' }
      object.spec.template.spec.containers[0].image = 'argocd:v3'
      object.spec.template.spec.containers[0].env = [{ name: 'AZURE_CLIENT_ID', value: 'x' }]
      object.spec.template.spec.volumes = [{ name: 'token', emptyDir: {} }]
    })
    const resource = 'argocd-rg/hub: Deployment.apps argocd/argocd-server'
    const spec = 'spec.template.spec'
    expect(difference(before, after)).toEqual([
      { resource, field: "metadata.labels['app.kubernetes.io/name']", from: undefined, to: 'server' },
      { resource, field: `${spec}.containers[server].image`, from: 'argocd', to: 'argocd:v3' },
      {
        resource,
        field: `${spec}.containers[server].env[AZURE_CLIENT_ID]`,
        from: undefined,
        to: { name: 'AZURE_CLIENT_ID', value: 'x' },
      },
      { resource, field: `${spec}.volumes[token]`, from: undefined, to: { name: 'token', emptyDir: {} } },
    ])
  })

  test('reads the JSON in a cluster Secret', () => {
    const [before, after] = [worldWith(secret({ a: 1, b: { c: 2 } })), worldWith(secret({ b: { c: 3 }, a: 1 }))]
    expect(difference(before, after)).toEqual([
      { resource: 'argocd-rg/hub: Secret argocd/dev', field: 'data.config.b.c', from: 2, to: 3 },
    ])
  })

  test('holds whole resources that were made or removed', () => {
    const [before, after] = change(smallWorld(), world => {
      const [identity] = Object.values(world.identities)
      identity!.federatedCredentials = {}
      world.clusters['/subscriptions/s/resourcegroups/dev-rg/x/dev'] = cluster(
        '/subscriptions/s/resourcegroups/dev-rg',
        'dev',
      )
    })
    expect(difference(before, after)).toMatchObject([
      { resource: 'cluster dev-rg/dev', field: '', from: undefined, to: { location: 'westeurope' } },
      { resource: 'federated credential argocd-rg/argocd/server', field: '', to: undefined },
    ])
  })

  test.each<[string, (world: World) => void]>([
    ['the seed', world => Object.assign(world, { seed: 7, clockAhead: 1 })],
    ['an operation', world => Object.assign(world.operations, { a: {} })],
    ['an eTag', world => Object.assign(Object.values(world.clusters)[0]!.arm, { eTag: 'b' })],
    [
      'versions and uids',
      world => Object.assign(objectOf(world).metadata, { uid: 'b', resourceVersion: '9', generation: 2 }),
    ],
    ['status', world => Object.assign(objectOf(world), { status: { replicas: 1 } })],
    ['times of managers', world => Object.assign(objectOf(world).metadata.managedFields[0], { time: 'now' })],
    [
      'pods of a controller',
      world => {
        const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: 'x', controller: true }
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', ownerReferences: [owner] } }
        Object.assign(Object.values(world.clusters)[0]!.kubernetes.objects, { pod })
      },
    ],
  ])('leaves out %s', (_name, hand) => {
    const [before, after] = change(worldWith(deployment), hand)
    expect(difference(before, after)).toEqual([])
    expect(comparable(after)).toEqual(comparable(before))
  })
})

describe('comparable worlds', () => {
  test('differ in managers, which a difference leaves out', () => {
    const [before, after] = change(worldWith(deployment), world =>
      Object.assign(objectOf(world).metadata.managedFields[0], { manager: 'kubectl' }),
    )
    expect(difference(before, after)).toEqual([])
    expect(comparable(after)).not.toEqual(comparable(before))
  })

  test('are equal when an identity was made twice', () => {
    const [before, after] = change(worldWith(secret({ clientId: '33333333-3333-4333-a333-333333333333' })), world => {
      Object.assign(Object.values(world.identities)[0]!, { clientId: 'anew', principalId: 'another' })
      objectOf(world).data = secret({ clientId: 'anew' }).data
    })
    expect(difference(before, after)).toHaveLength(3)
    expect(comparable(after)).toEqual(comparable(before))
  })
})

test('pictures hold what the API servers hold', async () => {
  const sandbox = await startSandbox(worlds['first-light']!())
  const before = await picture(sandbox)
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'new', namespace: 'argocd' } }
  const { status } = await sandbox.administer(
    'argocd-rg/argocd-aks',
    'POST',
    '/api/v1/namespaces/argocd/serviceaccounts',
    account,
  )
  const after = await picture(sandbox)
  await sandbox.stop()

  expect(status).toBe(201)
  expect(difference(before, after)).toEqual([
    { resource: 'argocd-rg/argocd-aks: ServiceAccount argocd/new', field: '', from: undefined, to: account },
  ])
})
