import { parse } from 'yaml'
import type { Json, SandboxRequest } from '../exchange.ts'
import type { AksCluster, World } from '../world.ts'
import type { User } from './authentication.ts'
import type { ResourceRequest } from './request-info.ts'
import type { Resource } from './resources.ts'
import { badRequest } from './status.ts'

/** A request for a served resource, with everything that answering it needs. */
export interface Call {
  request: SandboxRequest
  info: ResourceRequest
  resource: Resource
  user: User
  cluster: AksCluster
  world: World
}

export interface Options {
  dryRun: boolean
  fieldManager: string
  /** Undefined where the query does not say. */
  force?: boolean
}

/** The query of a write. An update without a field manager is owned by the client's name, the user agent up to `/`. */
export function optionsOf({ request: { query, headers } }: Pick<Call, 'request'>): Options {
  const dryRun = query.getAll('dryRun')
  if (dryRun.some(value => value !== 'All' && value !== ''))
    throw badRequest(`Invalid value: ${JSON.stringify(dryRun)}`)
  const force = query.get('force')
  const client = (headers['user-agent'] ?? '').split('/')[0] || 'unknown'
  const isApply = headers['content-type']?.startsWith('application/apply-patch') ?? false
  return {
    dryRun: dryRun.includes('All'),
    fieldManager: query.get('fieldManager') || (isApply ? '' : client.slice(0, 128)),
    ...(force !== null && { force: force === 'true' || force === '1' }),
  }
}

/** The body as JSON; clients may send YAML, which holds JSON within it. Throws 400. */
export function parseBody({ body, headers }: SandboxRequest): Json {
  const isYaml = headers['content-type']?.includes('yaml') ?? false
  try {
    const parsed = (isYaml ? parse(body) : JSON.parse(body)) as Json
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch (error) {
    throw badRequest(`the body could not be decoded: ${(error as Error).message}`)
  }
  throw badRequest('the body is no object')
}
