import type { SandboxResponse } from '../exchange.ts'
import type { World } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { may } from './authorization.ts'
import { armError, notInSandbox } from './errors.ts'
import { keyOf, placeOf } from './resource-id.ts'
import type { Call, Route } from './route.ts'

/** Azure Resource Graph, as far as a list of one type goes: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language */
export const resourceGraphRoutes: Route[] = [
  {
    method: 'POST',
    path: '/providers/Microsoft.ResourceGraph/resources',
    apiVersions: apiVersions.resourceGraph,
    answer: query,
  },
]

type Row = Record<string, unknown>

/** `resources | where type =~ '…' | project a, b | order by a asc`; the whole query language is more than a sandbox can play. */
const PLAYED = /^resources \| where type =~ '([^']+)' \| project ([\w, ]+) \| order by (\w+) asc$/

const LARGEST_PAGE = 1000

function query({ world, caller, body }: Call): SandboxResponse {
  const {
    query,
    options = {},
    subscriptions,
  } = body as {
    query?: string
    options?: { $top?: number; $skipToken?: string; resultFormat?: string }
    subscriptions?: string[]
  }
  if (query === undefined) return armError(400, 'BadRequest', 'Please provide below info when asking for support.')
  const [, type = '', columns = '', order = ''] = PLAYED.exec(query.trim()) ?? []
  if (type === '' || options.resultFormat !== 'objectArray') return notInSandbox(`the Resource Graph query ${query}`)

  const rows = resourcesOf(world, type)
    .filter(({ id }) => may(world, caller, `${type}/read`, String(id)))
    .filter(({ id }) => subscriptions === undefined || subscriptions.includes(placeOf(String(id)).subscription ?? ''))
    .sort((one, other) => (String(one[order]) < String(other[order]) ? -1 : 1))
  const start = Number(Buffer.from(options.$skipToken ?? '', 'base64').toString())
  const end = start + Math.min(options.$top ?? LARGEST_PAGE, world.pageSize ?? LARGEST_PAGE)
  const data = rows.slice(start, end).map(row => projected(row, columns.split(/, */)))
  return {
    status: 200,
    body: {
      totalRecords: rows.length,
      count: data.length,
      resultTruncated: 'false',
      facets: [],
      data,
      ...(end < rows.length && { $skipToken: Buffer.from(String(end)).toString('base64') }),
    },
  }
}

function resourcesOf(world: World, type: string): Row[] {
  if (keyOf(type) !== 'microsoft.containerservice/managedclusters') return []
  return Object.values(world.clusters).map(({ arm: { id, name, location, tags } }) => ({
    id,
    name,
    type: keyOf(type),
    location,
    tags: Object.keys(tags).length > 0 ? tags : null,
  }))
}

const projected = (row: Row, columns: string[]): Row =>
  Object.fromEntries(columns.map(column => [column, row[column] ?? null]))
