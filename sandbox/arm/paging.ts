import type { Call } from './route.ts'

/** One page of a collection with the link to the next one, as ARM's lists come. */
export function page<Item>({ request }: Call, items: Item[], size: number): { value: Item[]; nextLink?: string } {
  const start = Number(request.query.get('$skipToken') ?? request.query.get('$skiptoken') ?? 0)
  const end = start + size
  const value = items.slice(start, end)
  if (end >= items.length) return { value }

  const query = new URLSearchParams(request.query)
  query.delete('$skiptoken')
  query.set('$skipToken', String(end))
  return { value, nextLink: `https://${request.host}${request.path}?${query}` }
}
