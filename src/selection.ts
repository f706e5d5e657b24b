import type { Azure, ListedCluster } from './azure/azure.ts'
import {
  type ManagedClusterId,
  managedClusters,
  parseResourceId,
  resourceId,
  sameResource,
} from './azure/resource-id.ts'
import type { Subscription } from './azure/subscriptions.ts'
import { type Explanation, Refused } from './failure.ts'
import { type Entry, isTheHub, type Listed, type Selection, type Tagged } from './input-fleet.ts'
import { once } from './once.ts'

/** Where to look. */
export interface Whereabouts {
  selection: Selection
  /** Of references that tell none. */
  subscriptionId: string | undefined
  /** It is no target of its own. */
  hubCluster: ManagedClusterId | undefined
}

/** A cluster that is meant. */
export interface Selected {
  cluster: ManagedClusterId
  /** What the input `targets` takes for it, without a subscription's id: such an id may be a secret, which GitHub lets into no output. */
  reference: string
  /** How it was named, where it was. */
  entry?: Entry
  /** What Azure said of it already. */
  known?: ListedCluster
}

/**
 * Finds the clusters that a selection means, each once, in the order of `targets` or of their ids.
 * @throws Refused where a name means no subscription, or several
 */
export async function selectedClusters(where: Whereabouts, azure: Azure): Promise<Selected[]> {
  const { selection, subscriptionId } = where
  const subscriptions = once(azure.subscriptions)
  const found =
    selection.kind === 'listed' ? await listed(selection, where, subscriptions) : await tagged(selection, where, azure)
  const isElsewhere = found.some(({ cluster }) => cluster.subscriptionId !== subscriptionId)
  const names = isElsewhere ? nameable(await subscriptions()) : new Map<string, string>()
  return found.map(one => ({ ...one, reference: referenceTo(one.cluster, subscriptionId, names) }))
}

/** `resource-group/name`, in another subscription with its name in front. */
function referenceTo(
  { subscriptionId, resourceGroup, name }: ManagedClusterId,
  own: string | undefined,
  names: ReadonlyMap<string, string>,
): string {
  const short = `${resourceGroup}/${name}`
  return subscriptionId === own ? short : `${names.get(subscriptionId) ?? subscriptionId}/${short}`
}

/** Subscriptions by id whose names mean them alone, also on a line of `targets`. */
function nameable(subscriptions: Subscription[]): ReadonlyMap<string, string> {
  const isPlain = (name: string) => /^[^/#\s[-][^#\n]*$/.test(name) && name.trim() === name
  return new Map(
    subscriptions
      .filter(({ name }) => isPlain(name) && idsOf(name, subscriptions).length === 1)
      .map(({ id, name }) => [id.toLowerCase(), name]),
  )
}

type Found = Omit<Selected, 'reference'>

async function listed(
  { entries }: Listed,
  where: Whereabouts,
  subscriptionsOfCaller: () => Promise<Subscription[]>,
): Promise<Found[]> {
  const isNamed = entries.some(({ cluster }) => cluster.subscriptionName !== undefined)
  const subscriptions = isNamed ? await subscriptionsOfCaller() : []
  const refusals: Explanation[] = []
  const found = new Map<string, Found>()
  for (const entry of entries) {
    const { subscriptionName, subscriptionId, resourceGroup, name } = entry.cluster
    const ids =
      subscriptionName === undefined
        ? [subscriptionId ?? where.subscriptionId!]
        : idsOf(subscriptionName, subscriptions)
    if (ids.length !== 1) {
      refusals.push(notOne(entry, ids))
      continue
    }
    const cluster = resourceId(managedClusters, ids[0]!, resourceGroup, name)
    if (isHub(cluster, where)) refusals.push(hubNamed(entry))
    found.set(cluster.id.toLowerCase(), { cluster, entry })
  }
  if (refusals.length > 0) throw new Refused(refusals)
  return [...found.values()]
}

async function tagged(tag: Tagged, where: Whereabouts, azure: Azure): Promise<Found[]> {
  const found =
    tag.subscriptions === 'all'
      ? (await azure.graphedClusters()).filter(({ tags }) => carries(tags ?? {}, tag)).map(({ id }) => ({ id }))
      : (
          await Promise.all(tag.subscriptions.map(id => azure.managedClustersIn(id, tags => carries(tags, tag))))
        ).flatMap(clusters => clusters.map(known => ({ id: known.id, known })))
  return found
    .map(({ id, ...rest }) => ({ cluster: clusterId(id), ...rest }))
    .filter(({ cluster }) => !isHub(cluster, where))
    .sort((one, other) => (one.cluster.id.toLowerCase() < other.cluster.id.toLowerCase() ? -1 : 1))
}

/** Azure looks up tags by key in any case, and tells values apart (https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources). */
export function carries(tags: Record<string, string>, { key, value }: Pick<Tagged, 'key' | 'value'>): boolean {
  const found = Object.entries(tags).find(([name]) => name.toLowerCase() === key.toLowerCase())
  return found !== undefined && (value === undefined || found[1] === value)
}

/** ARM writes ids in changing case; the action has one way to write them. */
function clusterId(id: string): ManagedClusterId {
  const { subscriptionId, resourceGroup, name } = parseResourceId(id)!
  return resourceId(managedClusters, subscriptionId.toLowerCase(), resourceGroup, name)
}

const isHub = ({ id }: ManagedClusterId, { hubCluster }: Whereabouts): boolean =>
  hubCluster !== undefined && sameResource(id, hubCluster.id)

const idsOf = (name: string, subscriptions: Subscription[]): string[] =>
  subscriptions.filter(one => one.name.toLowerCase() === name.toLowerCase()).map(({ id }) => id)

const notOne = ({ cluster, where }: Entry, ids: string[]): Explanation => ({
  what: `\`targets\` ${where} names subscription ${cluster.subscriptionName}`,
  why: ids.length === 0 ? 'the caller sees no subscription of that name' : `the caller sees ${ids.length} of that name`,
  remedy: 'Write the id of the subscription in place of its name, or grant the caller a role in it',
})

const hubNamed = ({ where }: Entry): Explanation => ({
  what: `\`targets\` ${where} ${isTheHub[0]}`,
  why: 'the cluster that Argo CD runs on is no target',
  remedy: isTheHub[1],
})
