import type { SandboxRequest } from '../exchange.ts'

/** What a request asks for, in the words of authorization. */
export type RequestInfo = ResourceRequest | NonResourceRequest

export interface ResourceRequest {
  isResource: true
  verb: string
  apiVersion: string
  /** `''` for the core group. */
  group: string
  namespace: string
  resource: string
  subresource: string
  name: string
  path: string
}

export interface NonResourceRequest {
  isResource: false
  verb: string
  path: string
}

/**
 * Reads path, method and query as kube-apiserver's RequestInfoFactory does
 * (https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb).
 */
export function requestInfo({ method, path, query }: SandboxRequest): RequestInfo {
  const nonResource: NonResourceRequest = { isResource: false, verb: method.toLowerCase(), path }
  const [prefix, ...parts] = path.split('/').filter(Boolean).map(decodeURIComponent)
  if ((prefix !== 'api' && prefix !== 'apis') || parts.length < (prefix === 'api' ? 2 : 3)) return nonResource

  const group = prefix === 'api' ? '' : parts.shift()!
  const version = parts.shift()!
  let namespace = ''
  if (parts[0] === 'namespaces' && parts[1] !== undefined) {
    namespace = parts[1]
    if (parts.length > 2 && parts[2] !== 'status' && parts[2] !== 'finalize') parts.splice(0, 2)
  }
  const [resource = '', named = '', subresource = ''] = parts
  const name = named || (method === 'GET' ? nameInSelector(query) : '')
  const verb = verbOf(method, named !== '', query)
  const apiVersion = group ? `${group}/${version}` : version
  return { isResource: true, verb, apiVersion, group, namespace, resource, subresource, name, path }
}

function verbOf(method: string, isNamed: boolean, query: URLSearchParams): string {
  if (method === 'GET' || method === 'HEAD') {
    if (isNamed) return 'get'
    return ['true', '1'].includes(query.get('watch') ?? '') ? 'watch' : 'list'
  }
  if (method === 'DELETE') return isNamed ? 'delete' : 'deletecollection'
  return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? method.toLowerCase()
}

/** A list of one name counts as that name, so that a Role with resourceNames allows it. */
const nameInSelector = (query: URLSearchParams): string =>
  /^metadata\.name==?([^,=!]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? ''
