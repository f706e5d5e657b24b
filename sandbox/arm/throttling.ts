import type { SandboxResponse } from '../exchange.ts'
import { now, type World } from '../world.ts'
import { aksError, armError } from './errors.ts'
import { keyOf, placeOf } from './resource-id.ts'
import type { Caller } from './route.ts'

/** A token bucket: a request takes one token out, and time puts them back. */
export interface Limit {
  size: number
  perSecond: number
}

/** What the managed identity provider lets through in the 20 seconds for which it sends clients away; its documentation gives rates alone. */
const inTwentySeconds = (perSecond: number): Limit => ({ size: Math.max(1, perSecond * 20), perSecond })

/** Azure's limits, by what they count. */
export const limits = {
  // For each principal, and for all of them together, in a subscription or in the tenant:
  // https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
  armReads: { size: 250, perSecond: 25 },
  armWrites: { size: 200, perSecond: 10 },
  armDeletes: { size: 200, perSecond: 10 },
  armReadsOfAll: { size: 3750, perSecond: 375 },
  armWritesOfAll: { size: 3000, perSecond: 150 },
  armDeletesOfAll: { size: 3000, perSecond: 150 },
  // For each cluster, and for each subscription:
  // https://learn.microsoft.com/azure/aks/quotas-skus-regions#throttling-limits-on-aks-resource-provider-apis
  clusterWrites: { size: 20, perSecond: 1 / 60 },
  clusterLists: { size: 500, perSecond: 1 },
  // https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
  identityWrites: inTwentySeconds(0.25),
  identityReads: inTwentySeconds(0.5),
  identityLists: inTwentySeconds(0.25),
  identityWritesInSubscription: inTwentySeconds(2),
  identityReadsInSubscription: inTwentySeconds(10),
  identityListsInSubscription: inTwentySeconds(5),
  identityWritesInTenant: inTwentySeconds(10),
  identityReadsInTenant: inTwentySeconds(30),
  identityListsInTenant: inTwentySeconds(15),
  // For each principal: https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
  resourceGraphQueries: { size: 15, perSecond: 3 },
} satisfies Record<string, Limit>

export type LimitName = keyof typeof limits

/** One token of somebody's bucket. */
interface Demand {
  limit: LimitName
  of: string
}

/** Who is let in: with what is left in the buckets as headers, or not at all. */
export interface Admission {
  headers: Record<string, string>
  refusal?: SandboxResponse
}

/** Lets a request in to ARM itself, which counts what each principal asks of each subscription. */
export function admitAtGateway(world: World, caller: Caller, method: string, path: string): Admission {
  const kind = ({ GET: 'Reads', HEAD: 'Reads', DELETE: 'Deletes' } as const)[method] ?? 'Writes'
  const { subscription } = placeOf(path)
  const place = subscription ?? world.tenantId
  const left = draw(world, [
    { limit: `arm${kind}`, of: `${place}/${caller.objectId}` },
    ...(subscription ? [{ limit: `arm${kind}OfAll`, of: place } as const] : []),
  ])
  const scope = subscription ? 'subscription' : 'tenant'
  if ('wait' in left) return { headers: {}, refusal: gatewayThrottled(scope, place, caller, kind, left.wait) }
  const [own, all] = left.tokens.map(tokens => String(Math.floor(tokens)))
  const remaining = `x-ms-ratelimit-remaining-${scope}`
  return {
    headers: {
      [`${remaining}-${kind.toLowerCase()}`]: own!,
      ...(all && { [`${remaining}-global-${kind.toLowerCase()}`]: all }),
    },
  }
}

/** Lets a request in to the resource provider behind ARM. */
export function admitAtProvider(world: World, caller: Caller, method: string, path: string): Admission {
  const id = keyOf(path)
  if (id === '/providers/microsoft.resourcegraph/resources') return admitQuery(world, caller)
  const left = draw(world, [...clusterDemands(method, id), ...identityDemands(world, method, id)])
  if (!('wait' in left)) return { headers: {} }
  return {
    headers: {},
    refusal: id.includes('managedclusters') ? aksThrottled(left.wait) : identityThrottled(path, left.wait),
  }
}

function clusterDemands(method: string, id: string): Demand[] {
  const [, subscription = '', name] =
    /^\/subscriptions\/([^/]+)\/.*providers\/microsoft\.containerservice\/managedclusters(\/[^/]+)?$/.exec(id) ?? []
  if (method === 'PUT' && name) return [{ limit: 'clusterWrites', of: id }]
  return method === 'GET' && subscription && !name ? [{ limit: 'clusterLists', of: subscription }] : []
}

/** Federated credentials count for their identity. */
function identityDemands(world: World, method: string, id: string): Demand[] {
  const parsed =
    /^(\/subscriptions\/([^/]+)\/.*providers\/microsoft\.managedidentity\/userassignedidentities)(\/[^/]+)?(\/federatedidentitycredentials(\/[^/]+)?)?$/.exec(
      id,
    )
  if (!parsed) return []
  const [, collection, subscription, name, credentials, credential] = parsed
  const isList = credentials ? !credential : !name
  const kind = method !== 'GET' ? 'Writes' : isList ? 'Lists' : 'Reads'
  return [
    ...(name ? [{ limit: `identity${kind}`, of: collection + name } as const] : []),
    { limit: `identity${kind}InSubscription`, of: subscription! },
    { limit: `identity${kind}InTenant`, of: world.tenantId },
  ]
}

function admitQuery(world: World, { objectId }: Caller): Admission {
  const left = draw(world, [{ limit: 'resourceGraphQueries', of: objectId }])
  const [tokens = 0] = 'wait' in left ? [] : left.tokens
  const { size, perSecond } = limitOf(world, 'resourceGraphQueries')
  const fullAgain = new Date(Math.ceil((size - tokens) / perSecond) * 1000).toISOString().slice(11, 19)
  const headers = {
    'x-ms-user-quota-remaining': String(Math.floor(tokens)),
    'x-ms-user-quota-resets-after': fullAgain,
  }
  return 'wait' in left ? { headers, refusal: queryThrottled(left.wait) } : { headers }
}

/** Takes a token out of every bucket, or none where one is empty: then says how many seconds it takes until none is. */
function draw(world: World, demands: Demand[]): { tokens: number[] } | { wait: number } {
  const time = now(world)
  const filled = demands.map(({ limit, of }) => ({ ...limitOf(world, limit), key: `${limit} ${keyOf(of)}` }))
  if (!world.throttling) return { tokens: filled.map(({ size }) => size - 1) }

  world.buckets ??= {}
  const buckets = world.buckets
  const levels = filled.map(({ key, size, perSecond }) => {
    const { tokens, at } = buckets[key] ?? { tokens: size, at: time }
    // A clock that a test has put ahead is put back at its end.
    const seconds = Math.max(0, time - at) / 1000
    return { key, perSecond, tokens: Math.min(size, tokens + seconds * perSecond) }
  })
  const waits = levels.map(({ tokens, perSecond }) => (tokens >= 1 ? 0 : (1 - tokens) / perSecond))
  const wait = Math.ceil(Math.max(0, ...waits))
  if (wait > 0) return { wait }
  for (const { key, tokens } of levels) buckets[key] = { tokens: tokens - 1, at: time }
  return { tokens: levels.map(({ tokens }) => tokens - 1) }
}

const limitOf = ({ throttling }: World, name: LimitName): Limit =>
  (typeof throttling === 'object' && throttling[name]) || limits[name]

const retryAfter = (seconds: number) => ({ 'retry-after': String(seconds) })

function gatewayThrottled(
  scope: 'subscription' | 'tenant',
  place: string,
  { objectId }: Caller,
  kind: 'Reads' | 'Writes' | 'Deletes',
  wait: number,
): SandboxResponse {
  const requests = kind.slice(0, -1).toLowerCase()
  const message = `Number of '${requests}' requests for ${scope} '${place}' actor '${objectId}' exceeded. Please try again after '${wait}' seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information.`
  const code = scope === 'subscription' ? 'SubscriptionRequestsThrottled' : 'TenantRequestsThrottled'
  return armError(429, code, message, { ...retryAfter(wait), 'x-ms-failure-cause': 'gateway' })
}

const aksThrottled = (wait: number): SandboxResponse => ({
  ...aksError(429, 'Throttled', `The request limit has been exceeded, please retry again in ${wait} seconds.`),
  headers: retryAfter(wait),
})

const identityThrottled = (resource: string, wait: number): SandboxResponse =>
  armError(
    429,
    '429',
    `Request is temporarily throttled because resource ${resource} has issued too many requests. Retry after ${wait} seconds.`,
    retryAfter(wait),
  )

const queryThrottled = (wait: number): SandboxResponse =>
  armError(
    429,
    'RateLimiting',
    'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.',
    retryAfter(wait),
  )
