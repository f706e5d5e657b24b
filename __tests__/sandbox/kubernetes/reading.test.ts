import { describe, expect, test } from 'vitest'
import { type Ask, apiServer } from './api-server.ts'
import { configMap, secret, workload } from './objects.ts'

const collection = '/api/v1/namespaces/one/configmaps'
const query = (fields: Record<string, string>) => new URLSearchParams(fields)

/** Names in a list, with `two/` where they are not in namespace one. */
const namesIn = (body: { items: { metadata: { name: string; namespace?: string } }[] }) =>
  body.items.map(({ metadata: { name, namespace } }) => (namespace === 'two' ? `two/${name}` : name))

describe('A label selector', () => {
  const labelled = {
    a: { tier: 'front', track: 'stable' },
    b: { tier: 'back' },
    c: { tier: '' },
    d: undefined,
  }

  test.each([
    ['', ['a', 'b', 'c', 'd']],
    ['tier=front', ['a']],
    ['tier==front', ['a']],
    ['tier=', ['c']],
    ['tier!=front', ['b', 'c', 'd']],
    ['tier in (front, back)', ['a', 'b']],
    ['tier notin (front, back)', ['c', 'd']],
    ['tier', ['a', 'b', 'c']],
    ['!tier', ['d']],
    ['tier,!track', ['b', 'c']],
    ['tier in (front,back),track=stable', ['a']],
    ['tier=nobody', []],
  ])('“%s” takes %j', async (labelSelector, names) => {
    const { ask, make } = await apiServer()
    await make(...Object.entries(labelled).map(([name, labels]) => configMap(name, {}, { labels })))
    const { status, body } = await ask(`GET ${collection}?${query({ labelSelector })}`)
    expect(status).toBe(200)
    expect(namesIn(body)).toEqual(names)
  })

  test.each(['tier in front', 'tier=a=b', '=front'])('“%s” is none', async labelSelector => {
    const { ask } = await apiServer()
    const { status, body } = await ask(`GET ${collection}?${query({ labelSelector })}`)
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: 'BadRequest' })
  })
})

describe('A field selector', () => {
  test.each([
    ['configmaps', 'metadata.name=a', ['a', 'two/a']],
    ['configmaps', 'metadata.name!=a', ['b']],
    ['configmaps', 'metadata.name=a,metadata.namespace=two', ['two/a']],
    ['secrets', 'type=kubernetes.io/tls', ['tls']],
    ['secrets', 'type!=kubernetes.io/tls,metadata.namespace=one', ['opaque']],
  ])('of %s, “%s”, takes %j', async (plural, fieldSelector, names) => {
    const { ask, make } = await apiServer()
    await make(configMap('a'), configMap('b'), configMap('a', {}, { namespace: 'two' }), secret('opaque'))
    await make(secret('tls', { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }))
    expect(namesIn((await ask(`GET /api/v1/${plural}?${query({ fieldSelector })}`)).body)).toEqual(names)
  })

  test.each([
    ['configmaps', 'data.x=1', '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['secrets', 'data.x=1', 'field label not supported: data.x'],
    ['configmaps', 'metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ])('of %s, “%s”, is refused', async (plural, fieldSelector, message) => {
    const { ask } = await apiServer()
    const { status, body } = await ask(`GET /api/v1/${plural}?${query({ fieldSelector })}`)
    expect({ status, message: body.message }).toEqual({ status: 400, message })
  })
})

describe('Pages', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map(name =>
    configMap(name, {}, { labels: { odd: String('ace'.includes(name)) } }),
  )

  /** The names of every page, and how many objects each says are left. */
  async function pagesOf(ask: Ask, path: string, fields: Record<string, string>) {
    const pages: [names: string[], remaining: number | undefined][] = []
    let token = ''
    do {
      const { body } = await ask(`GET ${path}?${query({ ...fields, ...(token && { continue: token }) })}`)
      pages.push([namesIn(body), body.metadata.remainingItemCount])
      token = body.metadata.continue ?? ''
    } while (token)
    return pages
  }

  test.each<[what: string, Record<string, string>, Awaited<ReturnType<typeof pagesOf>>]>([
    ['none', {}, [[['a', 'b', 'c', 'd', 'e'], undefined]]],
    [
      'two each',
      { limit: '2' },
      [
        [['a', 'b'], 3],
        [['c', 'd'], 1],
        [['e'], undefined],
      ],
    ],
    ['as many as there are', { limit: '5' }, [[['a', 'b', 'c', 'd', 'e'], undefined]]],
    [
      'two each of what a label selects: how many are left is not told',
      { limit: '2', labelSelector: 'odd=true' },
      [
        [['a', 'c'], undefined],
        [['e'], undefined],
      ],
    ],
    ['one, of one name', { limit: '1', fieldSelector: 'metadata.name=c' }, [[['c'], undefined]]],
  ])('%s', async (_what, fields, pages) => {
    const { ask, make } = await apiServer()
    await make(...five)
    expect(await pagesOf(ask, collection, fields)).toEqual(pages)
  })

  test('go on across namespaces, in the order of namespaces and names', async () => {
    const { ask, make } = await apiServer()
    await make(configMap('b', {}, { namespace: 'two' }), configMap('z'), configMap('a', {}, { namespace: 'two' }))
    expect(await pagesOf(ask, '/api/v1/configmaps', { limit: '2' })).toEqual([
      [['z', 'two/a'], 1],
      [['two/b'], undefined],
    ])
  })

  test('neither repeat nor leave out what stays, whatever comes and goes in between', async () => {
    const { ask, make } = await apiServer()
    await make(...five)
    const first = await ask(`GET ${collection}?limit=2`)
    await ask(`DELETE ${collection}/b`)
    await make(configMap('aa'))
    const second = await ask(`GET ${collection}?limit=2&continue=${first.body.metadata.continue}`)
    expect(namesIn(second.body)).toEqual(['c', 'd'])
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion)
  })

  test('begin nowhere with a token that is none', async () => {
    const { ask } = await apiServer()
    const { status, body } = await ask(`GET ${collection}?limit=2&continue=nonsense`)
    expect({ status, message: body.message }).toEqual({
      status: 400,
      message: 'invalid continue token: continue key is not valid',
    })
  })
})

test('A list is of the kind’s list, and its items leave their kind out', async () => {
  const { ask, make } = await apiServer()
  await make(workload('Deployment', 'd'))
  const { body } = await ask('GET /apis/apps/v1/deployments')
  expect(body).toMatchObject({
    kind: 'DeploymentList',
    apiVersion: 'apps/v1',
    metadata: { resourceVersion: expect.any(String) },
  })
  expect(body.items[0]).not.toHaveProperty('kind')
  expect(body.items[0]).not.toHaveProperty('apiVersion')
})
