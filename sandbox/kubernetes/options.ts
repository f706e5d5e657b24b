import type { SandboxRequest } from '../exchange.ts'
import type { ResourceRequest } from './request-info.ts'
import { invalid, type StatusCause } from './status.ts'
import { forbidden, notSupported, required, when } from './validation/faults.ts'

/** The query of a write. */
export interface Options {
  dryRun: boolean
  fieldManager: string
  force: boolean
}

/** Reads the query of a write. Throws 422 for what kube-apiserver does not take. */
export function optionsOf({ request, info }: { request: SandboxRequest; info: ResourceRequest }): Options {
  const { query, headers } = request
  const dryRun = query.getAll('dryRun')
  const force = query.get('force')
  const fieldManager = query.get('fieldManager') ?? ''
  const isApply = info.verb === 'patch' && (headers['content-type']?.startsWith('application/apply-patch') ?? false)
  const causes: StatusCause[] = [
    ...when(isApply && !fieldManager, required('fieldManager', 'is required for apply patch')),
    ...when(!isApply && force !== null, forbidden('force', 'may not be specified for non-apply patch')),
    ...when(
      dryRun.some(value => value !== 'All'),
      notSupported('dryRun', dryRun, ['All']),
    ),
  ]
  const kind = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }[info.verb] ?? 'DeleteOptions'
  if (causes.length > 0) throw invalid({ apiVersion: 'meta.k8s.io/v1', plural: '', kind }, '', causes)
  return {
    dryRun: dryRun.length > 0,
    fieldManager: fieldManager || clientName(headers),
    force: force === 'true' || force === '1',
  }
}

/** Who does not name a field manager is known by the user agent, up to the slash. */
const clientName = (headers: Record<string, string>): string =>
  (headers['user-agent'] ?? '').split('/')[0]!.slice(0, 128) || 'unknown'
