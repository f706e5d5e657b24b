import { describe, expect, test } from 'vitest'
import type { Entry } from '../../src/input-fleet.ts'
import { type DiscoverInputs, type FleetInputs, InputFaults, readInputs } from '../../src/inputs.ts'

const own = '11111111-1111-1111-1111-111111111111'
const other = '22222222-2222-2222-2222-222222222222'
const runner = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.invalid/?', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token' }

/** Reads the inputs of a step of mode target. */
const read = (inputs: Record<string, string>) => {
  const step = {
    mode: 'target',
    'tenant-id': '33333333-3333-3333-3333-333333333333',
    'client-id': '44444444-4444-4444-4444-444444444444',
    'subscription-id': own,
    'hub-cluster': 'argocd-rg/argocd-aks',
    ...inputs,
  }
  const environment = Object.entries(step).map(([input, text]) => [`INPUT_${input.toUpperCase()}`, text])
  return readInputs({ ...runner, ...Object.fromEntries(environment) })
}
const fleet = (inputs: Record<string, string>) => read(inputs) as FleetInputs
const entriesOf = (targets: string): readonly Entry[] => {
  const { selection } = fleet({ targets })
  if (selection.kind !== 'listed') throw new Error('no list')
  return selection.entries
}
const faultsOf = (inputs: Record<string, string>): string[] => {
  try {
    read(inputs)
  } catch (error) {
    if (error instanceof InputFaults) return error.faults.map(({ message }) => message)
    throw error
  }
  return []
}

describe('targets', () => {
  const shop = { resourceGroup: 'shop-rg', name: 'shop1' }

  test.each<[what: string, text: string, clusters: object[]]>([
    ['lines', 'dev-rg/dev1\ndev-rg/dev2', [{ name: 'dev1' }, { name: 'dev2' }]],
    ['empty lines, blanks and comments', '\n  dev-rg/dev1  # the first\n\n# none\n', [{ name: 'dev1' }]],
    [
      'an ARM id',
      `/subscriptions/${other}/resourceGroups/shop-rg/providers/Microsoft.ContainerService/managedClusters/shop1`,
      [{ subscriptionId: other, ...shop }],
    ],
    ['the id of a subscription in front', `${other.toUpperCase()}/shop-rg/shop1`, [{ subscriptionId: other, ...shop }]],
    [
      'the name of a subscription in front',
      'Contoso Apps/shop-rg/shop1',
      [{ subscriptionName: 'Contoso Apps', ...shop }],
    ],
    ['a name with slashes', 'R&D / EU/shop-rg/shop1', [{ subscriptionName: 'R&D / EU', ...shop }]],
    [
      'YAML of references',
      '- dev-rg/dev1\n- Contoso Apps/shop-rg/shop1',
      [{ name: 'dev1' }, { subscriptionName: 'Contoso Apps' }],
    ],
    ['YAML in flow style', '[dev-rg/dev1, { target-cluster: dev-rg/dev2 }]', [{ name: 'dev1' }, { name: 'dev2' }]],
  ])('%s', (_what, text, clusters) => {
    expect(entriesOf(text).map(({ cluster }) => cluster)).toMatchObject(clusters)
  })

  test('items may ask for something of their own; lists and maps are written as in YAML', () => {
    const targets = `
- target-cluster: dev-rg/dev1
  name: dev-{location}
  labels: { tier: dev, team: '7' }
  namespaces: [shop, pay]
  cluster-resources: false
  shard: 2
  identity: dev-rg/dev-identity
- dev-rg/dev2
`
    const { each, otherwise } = fleet({ targets, labels: 'tier=any' })
    expect([...otherwise.values()]).toMatchObject([
      {
        name: 'dev-{location}',
        labels: { tier: 'dev', team: '7' },
        namespaces: ['shop', 'pay'],
        clusterResources: false,
        shard: 2,
        identity: { resourceGroup: 'dev-rg', name: 'dev-identity' },
        grant: 'auto',
      },
    ])
    expect(each).toMatchObject({ labels: { tier: 'any' }, identity: { name: 'argocd-workload-identity' } })
    expect(each).not.toHaveProperty('name')
  })

  test.each<[what: string, inputs: Record<string, string>, faults: (string | RegExp)[]]>([
    [
      'a cluster twice',
      { targets: 'dev-rg/dev1\nDEV-RG/dev1' },
      ['`targets` line 2 names the cluster of line 1 again. Remove one of them.'],
    ],
    [
      'the hub',
      { targets: `dev-rg/dev1\n${own}/argocd-rg/argocd-aks` },
      [/^`targets` line 2 is the hub itself\. Argo CD knows .* as `in-cluster`/],
    ],
    [
      'the hub, alone',
      { 'target-cluster': 'argocd-rg/argocd-aks' },
      [/^`target-cluster` is the hub itself\. Argo CD knows/],
    ],
    [
      'a name for all',
      { targets: 'dev-rg/dev1\ndev-rg/dev2', name: 'dev' },
      [/^`name` would give several clusters one name\. Put a placeholder/],
    ],
    ['a name for whatever carries the tag', { 'target-tag': 'fleet', name: 'dev' }, [/^`name` would give several/]],
    ['a Secret for all', { targets: 'a/a\nb/b', 'secret-name': 'x' }, [/^`secret-name` is for one cluster alone/]],
    ['one target alone may have all of that', { targets: 'dev-rg/dev1', name: 'dev', 'secret-name': 'x' }, []],
    ['text that is no YAML', { targets: '- a/a\n- {b' }, [/^`targets` is no YAML: line 2: .*Write a list/s]],
    ['a map in place of a list', { targets: '# these\na: b' }, [/^`targets` is YAML, but no list\./]],
    [
      'an item without a cluster',
      { targets: '- name: dev' },
      [
        '`targets` item 1 has no `target-cluster`. Write a list whose items are references, or have `target-cluster` and whatever input is otherwise for it.',
      ],
    ],
    [
      'an input that is not of one target',
      { targets: '- { target-cluster: a/a, hub-cluster: b/b }' },
      [
        /^`targets` item 1 sets `hub-cluster`, which is no input that can be otherwise for one target\. These can: `identity`, /,
      ],
    ],
    [
      'a value that is none',
      { targets: '- { target-cluster: a/a, name: { a: { b: c } } }' },
      [/^`targets` item 1 sets `name` to something that is neither text nor a list or map of it/],
    ],
    [
      'wrong values, each with its place',
      { targets: '- { target-cluster: a/a, shard: x }\n- { target-cluster: b/b, grant: none, server-fqdn: x }' },
      [
        /^`targets` item 1: `shard` is "x"; expected a whole number/,
        /^`targets` item 2: `server-fqdn` is "x"; expected `auto`/,
      ],
    ],
    [
      'a fault of all of them, once',
      { targets: '- { target-cluster: a/a, grant: none }\n- { target-cluster: b/b, grant: none }', shard: 'x' },
      [/^`shard` is "x"/],
    ],
    [
      'no subscription for some',
      {
        targets: 'a/a',
        'subscription-id': '',
        'hub-cluster': `/subscriptions/${other}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/hub`,
      },
      [/^`subscription-id` is missing: none stands in `targets`/],
    ],
    ['mode hub', { mode: 'hub', targets: 'a/a' }, [/^`targets` belongs to the modes `target` and `discover`/]],
    [
      'settings in mode discover',
      { mode: 'discover', 'target-tag': 'fleet', name: 'x-{name}' },
      [/^`name` belongs to mode `target`/],
    ],
  ])('%s', (_what, inputs, faults) => {
    const found = faultsOf(inputs)
    expect(found).toEqual(faults.map(fault => (typeof fault === 'string' ? fault : expect.stringMatching(fault))))
  })
})

describe('target-tag', () => {
  test.each<[string, object]>([
    ['fleet', { key: 'fleet' }],
    ['fleet = on', { key: 'fleet', value: 'on' }],
    ['fleet=', { key: 'fleet', value: '' }],
    ['fleet=a=b', { key: 'fleet', value: 'a=b' }],
  ])('%s', (text, tag) => {
    expect(fleet({ 'target-tag': text }).selection).toEqual({ kind: 'tagged', ...tag, subscriptions: [own] })
  })

  test.each<[string, unknown]>([
    ['all', 'all'],
    [`${own.toUpperCase()}, ${other}`, [own, other]],
  ])('in subscriptions %s', (subscriptions, found) => {
    expect(fleet({ 'target-tag': 'fleet', subscriptions }).selection).toMatchObject({ subscriptions: found })
  })
})

test('mode discover needs no hub', () => {
  const inputs = read({
    mode: 'discover',
    'hub-cluster': '',
    'target-tag': 'fleet',
    subscriptions: 'all',
    'subscription-id': '',
  })
  expect(inputs as DiscoverInputs).toMatchObject({ mode: 'discover', hubCluster: undefined, subscriptionId: undefined })
})
