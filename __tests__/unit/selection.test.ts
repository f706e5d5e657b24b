import { describe, expect, test } from 'vitest'
import type { Azure, ListedCluster } from '../../src/azure/azure.ts'
import { managedClusters, resourceId } from '../../src/azure/resource-id.ts'
import type { Refused } from '../../src/failure.ts'
import type { Selection } from '../../src/input-fleet.ts'
import { carries, selectedClusters } from '../../src/selection.ts'

const own = '11111111-1111-1111-1111-111111111111'
const apps = '22222222-2222-2222-2222-222222222222'
const odd = '33333333-3333-3333-3333-333333333333'
const id = (subscription: string, name: string) =>
  `/subscriptions/${subscription}/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters/${name}`

/** An Azure of a few clusters, as far as selections ask it; `asked` are the questions. */
function azureOf(clusters: [id: string, tags: Record<string, string>][]) {
  const asked: string[] = []
  const azure = {
    async managedClustersIn(subscription: string, isWanted: (tags: Record<string, string>) => boolean) {
      asked.push(`clusters of ${subscription}`)
      return clusters
        .filter(([id, tags]) => id.includes(subscription) && isWanted(tags))
        .map(([id]) => ({ id }) as ListedCluster)
    },
    async graphedClusters() {
      asked.push('all clusters')
      return clusters.map(([id, tags]) => ({ id, tags: Object.keys(tags).length > 0 ? tags : null }))
    },
    async subscriptions() {
      asked.push('subscriptions')
      return [
        { id: own, name: 'Platform' },
        { id: apps, name: 'Apps' },
        { id: odd, name: 'Team #3' },
        { id: '4', name: 'Twin' },
        { id: '5', name: 'twin' },
      ]
    },
  }
  return { azure: azure as unknown as Azure, asked }
}
const hubCluster = resourceId(managedClusters, own, 'rg', 'hub')
const on = { fleet: 'on' }
const all: [string, Record<string, string>][] = [
  [id(own, 'b'), { Fleet: 'on' }],
  [id(own, 'a'), on],
  [id(own, 'other'), {}],
  [id(own, 'hub'), on],
  [id(apps.toUpperCase(), 'shop'), on],
  [id(odd, 'odd'), on],
]
const select = async (selection: Selection, subscriptionId: string | undefined = own) => {
  const { azure, asked } = azureOf(all)
  const found = await selectedClusters({ selection, subscriptionId, hubCluster }, azure)
  return { asked, references: found.map(({ reference }) => reference), found }
}

describe('by tag', () => {
  test('in the own subscription, the hub left out, in the order of their ids', async () => {
    const { asked, references, found } = await select({
      kind: 'tagged',
      key: 'fleet',
      value: 'on',
      subscriptions: [own],
    })
    expect(references).toEqual(['rg/a', 'rg/b'])
    expect(
      found.every(({ known }) => known),
      'what the list said is not asked again',
    ).toBe(true)
    expect(asked).toEqual([`clusters of ${own}`])
  })

  test('anywhere: other subscriptions are called by their name, or by id where it would not be understood', async () => {
    const { asked, references } = await select({ kind: 'tagged', key: 'fleet', subscriptions: 'all' })
    expect(references).toEqual(['rg/a', 'rg/b', 'Apps/rg/shop', `${odd}/rg/odd`])
    expect(asked).toEqual(['all clusters', 'subscriptions'])
  })

  test.each<[tags: Record<string, string>, value: string | undefined, found: boolean]>([
    [{ fleet: '' }, undefined, true],
    [{ FLEET: 'on' }, 'on', true],
    [{ fleet: 'On' }, 'on', false],
    [{ fleets: 'on' }, undefined, false],
  ])('%o carries fleet=%s: %s', (tags, value, found) => {
    expect(carries(tags, value === undefined ? { key: 'fleet' } : { key: 'fleet', value })).toBe(found)
  })
})

describe('by name', () => {
  const listed = (...clusters: { subscriptionName?: string; subscriptionId?: string; name: string }[]): Selection => ({
    kind: 'listed',
    entries: clusters.map((cluster, index) => ({
      cluster: { subscriptionId: undefined, resourceGroup: 'rg', ...cluster },
      where: `line ${index + 1}`,
      overrides: {},
    })),
  })

  test('in the own subscription nothing is asked', async () => {
    const { asked, references } = await select(listed({ name: 'b' }, { name: 'a' }))
    expect({ asked, references }).toEqual({ asked: [], references: ['rg/b', 'rg/a'] })
  })

  test('a subscription may be told by its name, in any case', async () => {
    const { asked, found, references } = await select(listed({ subscriptionName: 'apps', name: 'shop' }))
    expect(found[0]!.cluster.subscriptionId).toBe(apps)
    expect({ asked, references }).toEqual({ asked: ['subscriptions'], references: ['Apps/rg/shop'] })
  })

  test('names that mean no subscription or two, and the hub by its name, are refused together', async () => {
    const refused = select(
      listed(
        { subscriptionName: 'Nowhere', name: 'a' },
        { subscriptionName: 'Twin', name: 'b' },
        { subscriptionName: 'Platform', name: 'hub' },
      ),
    )
    const { refusals } = (await refused.catch(error => error)) as Refused
    expect(refusals.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      '`targets` line 1 names subscription Nowhere: the caller sees no subscription of that name',
      '`targets` line 2 names subscription Twin: the caller sees 2 of that name',
      '`targets` line 3 is the hub itself: the cluster that Argo CD runs on is no target',
    ])
  })
})
