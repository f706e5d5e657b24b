import type { SandboxResponse } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import type { Call } from '../call.ts'
import { isWorkload, onRead } from '../controllers.ts'
import { parseFieldSelector, parseLabelSelector } from '../selectors.ts'
import { badRequest, notFound } from '../status.ts'
import { find, list } from '../storage.ts'

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
  const isSelected = (object: KubernetesObject) => isLabelled(object.metadata.labels ?? {}) && isWanted(object)

  const page = pageOf(read(), isSelected, query, String(kubernetes.resourceVersion))
  // The items of a list do not repeat its kind, but for custom kinds.
  const items = resource.custom ? page.items : page.items.map(({ apiVersion: _, kind: __, ...rest }) => rest)
  return {
    status: 200,
    body: { kind: `${resource.kind}List`, apiVersion: resource.apiVersion, metadata: page.metadata, items },
  }
}

interface Continuation {
  resourceVersion: string
  start: string
}

/**
 * A page ends with the last object that it takes; whether more follows is a question of what is stored, not of what is
 * selected, and how much follows is only told where nothing is selected.
 */
function pageOf(
  objects: KubernetesObject[],
  isSelected: (object: KubernetesObject) => boolean,
  query: URLSearchParams,
  resourceVersion: string,
) {
  const from = query.get('continue') ? readContinuation(query.get('continue')!) : undefined
  const rest = from ? objects.filter(object => placeOf(object) > from.start) : objects
  const items = rest.filter(isSelected)
  const isOneName = /(^|,)metadata\.name==?[^,]/.test(query.get('fieldSelector') ?? '')
  const limit = isOneName ? 0 : Number(query.get('limit') ?? 0)
  const metadata = { resourceVersion: from?.resourceVersion ?? resourceVersion }
  const last = limit > 0 ? items[limit - 1] : undefined
  const following = last ? rest.length - rest.indexOf(last) - 1 : 0
  if (!last || following === 0) return { items, metadata }
  const next: Continuation = { ...metadata, start: placeOf(last) }
  const continuation = Buffer.from(JSON.stringify(next)).toString('base64url')
  const remaining = query.get('labelSelector') || query.get('fieldSelector') ? {} : { remainingItemCount: following }
  return { items: items.slice(0, limit), metadata: { ...metadata, continue: continuation, ...remaining } }
}

const placeOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

function readContinuation(text: string): Continuation {
  try {
    const { resourceVersion, start } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Continuation
    if (typeof start === 'string' && typeof resourceVersion === 'string') return { resourceVersion, start }
  } catch {
    // Not one of ours: refused below, as every other token that cannot be read.
  }
  throw badRequest('invalid continue token: continue key is not valid')
}
