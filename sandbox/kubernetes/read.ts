import type { SandboxResponse } from '../exchange.ts'
import type { KubernetesObject } from '../world.ts'
import type { Call } from './call.ts'
import { isWorkload, onRead } from './controllers.ts'
import { parseFieldSelector, parseLabelSelector } from './selectors.ts'
import { badRequest, notFound } from './status.ts'
import { find, list } from './storage.ts'

/** GET of one object, or of its status, which is the same object. */
export function get({ cluster, world, resource, info }: Call): SandboxResponse {
  const read = () =>
    find(cluster.kubernetes, resource.apiVersion, resource.plural, resource.namespaced ? info.namespace : '', info.name)
  const object = read()
  if (!object) throw notFound(resource, info.name)
  if (isWorkload(object)) onRead(cluster, world, object)
  return { status: 200, body: read()! }
}

/** GET of a collection: selected, in pages where `limit` asks for them. */
export function listObjects({ cluster, world, resource, info, request: { query } }: Call): SandboxResponse {
  const { kubernetes } = cluster
  const isLabelled = parseLabelSelector(query.get('labelSelector') ?? '')
  const isWanted = parseFieldSelector(query.get('fieldSelector') ?? '', resource)
  const namespace = resource.namespaced ? info.namespace : ''
  const read = () => list(kubernetes, resource.apiVersion, resource.plural, namespace)
  for (const object of read()) if (isWorkload(object)) onRead(cluster, world, object)
  const selected = read().filter(object => isLabelled(object.metadata.labels ?? {}) && isWanted(object))

  const page = pageOf(selected, query, String(kubernetes.resourceVersion))
  const items = page.items.map(({ apiVersion: _, kind: __, ...rest }) => rest)
  return {
    status: 200,
    body: { kind: `${resource.kind}List`, apiVersion: resource.apiVersion, metadata: page.metadata, items },
  }
}

interface Continuation {
  resourceVersion: string
  start: string
}

/** What is left after a page is counted only where no selector could make the count a guess. */
function pageOf(objects: KubernetesObject[], query: URLSearchParams, resourceVersion: string) {
  const limit = Number(query.get('limit') ?? 0)
  const from = query.get('continue') ? readContinuation(query.get('continue')!) : undefined
  const rest = from ? objects.filter(object => placeOf(object) > from.start) : objects
  const metadata = { resourceVersion: from?.resourceVersion ?? resourceVersion }
  if (limit <= 0 || rest.length <= limit) return { items: rest, metadata }
  const items = rest.slice(0, limit)
  const next: Continuation = { ...metadata, start: placeOf(items.at(-1)!) }
  const isSelected = !!query.get('labelSelector') || !!query.get('fieldSelector')
  const continuation = Buffer.from(JSON.stringify(next)).toString('base64url')
  const remaining = isSelected ? {} : { remainingItemCount: rest.length - limit }
  return { items, metadata: { ...metadata, continue: continuation, ...remaining } }
}

const placeOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

function readContinuation(text: string): Continuation {
  try {
    const { resourceVersion, start } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Continuation
    if (typeof start === 'string' && typeof resourceVersion === 'string') return { resourceVersion, start }
  } catch {
    // Not one of ours: refused below, as every other token that cannot be read.
  }
  throw badRequest('continue key is not valid')
}
