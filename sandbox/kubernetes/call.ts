import type { SandboxRequest } from '../exchange.ts'
import type { AksCluster, KubernetesObject, World } from '../world.ts'
import type { User } from './authentication.ts'
import type { ResourceRequest } from './request-info.ts'
import { qualified, type Resource } from './resources.ts'
import type { Owner } from './server-side-apply/managed-fields.ts'
import { Refusal } from './status.ts'
import { find } from './storage.ts'
import { strategyOf } from './strategy.ts'
import { currentTime } from './timestamp.ts'

/** A request for a served resource, with everything that answering it needs. */
export interface Call {
  request: SandboxRequest
  info: ResourceRequest
  resource: Resource
  user: User
  cluster: AksCluster
  world: World
}

/** The query of a write. */
export interface Options {
  dryRun: boolean
  /** `''` where a server-side apply names none. */
  fieldManager: string
  /** Undefined where the query does not say. */
  force?: boolean
}

/** Reads the query of a write. Throws 422 for a dry run that is not `All`. */
export function optionsOf({ request: { query, headers }, info }: Call): Options {
  const dryRun = query.getAll('dryRun')
  if (dryRun.some(value => value !== 'All')) {
    const kind =
      { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }[info.verb] ?? 'DeleteOptions'
    const message = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`
    throw invalidOptions(kind, 'dryRun', 'FieldValueNotSupported', message)
  }
  const force = query.get('force')
  return {
    dryRun: dryRun.length > 0,
    fieldManager: query.get('fieldManager') || (info.verb === 'patch' && isApply(headers) ? '' : clientName(headers)),
    ...(force !== null && { force: force === 'true' || force === '1' }),
  }
}

const isApply = (headers: Record<string, string>): boolean =>
  headers['content-type']?.startsWith('application/apply-patch') ?? false

/** Who does not name a field manager is known by the user agent, up to the slash. */
const clientName = (headers: Record<string, string>): string =>
  (headers['user-agent'] ?? '').split('/')[0]!.slice(0, 128) || 'unknown'

/** Refuses a query parameter of a write. */
export function invalidOptions(kind: string, field: string, reason: string, message: string): Refusal {
  const details = { group: 'meta.k8s.io', kind, causes: [{ reason, message, field }] }
  return new Refusal(
    422,
    'Invalid',
    `${qualified('meta.k8s.io/v1', kind)} "" is invalid: ${field}: ${message}`,
    details,
  )
}

/** The namespace of the objects that the call is about, `''` for cluster-scoped ones. */
export const namespaceOf = ({ resource, info }: Call): string => (resource.namespaced ? info.namespace : '')

/** The object that the call is about, as it is now. */
export const findLive = (call: Call): KubernetesObject | undefined =>
  find(call.cluster.kubernetes, call.resource.apiVersion, call.resource.plural, namespaceOf(call), call.info.name)

/** Under which name and at what time the call's fields are owned, and which it never owns. */
export function tracking({ resource, info, world }: Call, operation: Owner['operation'], manager: string) {
  const subresource = info.subresource ? { subresource: info.subresource } : {}
  return {
    owner: { manager, operation, apiVersion: resource.apiVersion, ...subresource },
    time: currentTime(world),
    ignored: strategyOf(resource, info.subresource).resetFields,
  }
}
