import { type CallerName, callers } from './callers.ts'
import { type GeneratedKind, generatedKinds } from './objects.ts'
import type { Random } from './random.ts'

/** A request before it is known to whom it goes: ids and versions are each server's own. */
export interface Draft {
  caller: CallerName
  /** What the request is about, for the report: `apply Deployment one/a`. */
  what: string
  method: string
  path: string
  query: Record<string, string>
  contentType?: string
  /** The object under `key`, if the request is about one. */
  key?: string
  body?: (live: Live | undefined) => unknown
}

/** The object as a server last showed it. */
// biome-ignore lint/suspicious/noExplicitAny: objects differ by kind, and what is read of them is what was sent
export type Live = Record<string, any>

interface Place {
  kind: GeneratedKind
  namespace: string
  name: string
  collection: string
  key: string
}

const names = ['a', 'b', 'c'] as const

/** The next request of a sequence. */
export function draft(random: Random): Draft {
  const makers: [number, (random: Random) => Draft][] = [
    [30, apply],
    [14, create],
    [12, put],
    [7, mergePatch],
    [4, jsonPatch],
    [8, get],
    [6, list],
    [9, remove],
    [4, status],
    [7, review],
    [2, token],
    [3, odd],
  ]
  let at = random.number(makers.reduce((sum, [weight]) => sum + weight, 0))
  for (const [weight, make] of makers) {
    if (at < weight) return make(random)
    at -= weight
  }
  throw new Error('unreachable')
}

function place(random: Random, wanted = generatedKinds): Place {
  const kind = random.pick(wanted.flatMap(each => Array.from({ length: each.weight }, () => each)))
  const namespace = kind.namespaced ? (random.chance(0.85) ? 'one' : random.pick(['two', 'nowhere'])) : ''
  const name = random.pick(names)
  const api = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`
  const collection = namespace ? `${api}/namespaces/${namespace}/${kind.plural}` : `${api}/${kind.plural}`
  return { kind, namespace, name, collection, key: `${collection}/${name}` }
}

const who = (random: Random): CallerName =>
  random.chance(0.75) ? 'admin' : random.pick(Object.keys(callers) as CallerName[])

const object = (random: Random, { kind, name }: Place) => {
  const { apiVersion } = kind
  const made = { apiVersion, kind: kind.kind, ...(kind.make(random, name) as Live) }
  if (random.chance(0.02)) Object.assign(made, { unknownField: 1 })
  else if (random.chance(0.01))
    Object.assign(
      made,
      random.pick([{ kind: 'Other' }, { apiVersion: 'v2' }, { spec: 'text' }, { data: { a: 1 } }, { metadata: 'no' }]),
    )
  return clean(made)
}

const options = (random: Random): Record<string, string> => ({
  ...(random.chance(0.1) && { dryRun: random.chance(0.95) ? 'All' : 'Some' }),
  ...(random.chance(0.3) && { fieldValidation: random.pick(['Strict', 'Ignore', 'Warn']) }),
})

const manager = (random: Random) => ({ fieldManager: random.pick(['u', 'v', 'kubectl-edit']) })

const label = (verb: string, { kind, namespace, name }: Place) =>
  `${verb} ${kind.kind} ${namespace ? `${namespace}/` : ''}${name}`

function apply(random: Random): Draft {
  const at = place(random)
  const body = object(random, at)
  const query = {
    ...(random.chance(0.98) && { fieldManager: random.pick(['a', 'b', 'c', 'u']) }),
    ...(random.chance(0.5) && { force: String(random.chance(0.5)) }),
    ...options(random),
  }
  const version = random.chance(0.04) ? random.pick(['current', 'stale']) : undefined
  const caller = who(random)
  return {
    ...{ caller, what: label('apply', at), method: 'PATCH', path: at.key, query, key: at.key },
    contentType: 'application/apply-patch+yaml',
    body: live => withVersion(body, live, version),
  }
}

function create(random: Random): Draft {
  const at = place(random)
  const body = object(random, at)
  const isNameless = random.chance(0.02)
  const caller = who(random)
  const query = { ...random.maybe(() => manager(random)), ...options(random) }
  return {
    ...{ caller, what: label('create', at), method: 'POST', path: at.collection, query },
    ...(!isNameless && { key: at.key }),
    body: () => (isNameless ? { ...body, metadata: { ...body.metadata, name: undefined } } : body),
  }
}

function put(random: Random): Draft {
  const at = place(random)
  const fresh = object(random, at)
  const style = random.pick(['modified', 'modified', 'fresh', 'current', 'stale'])
  const isEmptied = random.chance(0.03)
  const isReset = random.chance(0.7)
  const caller = who(random)
  const query = { ...random.maybe(() => manager(random)), ...options(random) }
  return {
    ...{ caller, what: label(`put (${style})`, at), method: 'PUT', path: at.key, query, key: at.key },
    body: live => {
      if (style !== 'modified' || !live) return withVersion(fresh, live, style)
      const { apiVersion: _, kind: __, metadata, ...content } = fresh
      const { labels, annotations } = metadata ?? {}
      const kept = isEmptied ? { ...live.metadata, managedFields: isReset ? [{}] : [] } : live.metadata
      return clean({ ...live, ...content, metadata: { ...kept, labels, annotations } })
    },
  }
}

function mergePatch(random: Random): Draft {
  const at = place(random)
  const { apiVersion: _, kind: __, ...body } = object(random, at)
  if (body.metadata?.name) delete body.metadata.name
  const patch = random.chance(0.2) ? { ...body, metadata: { labels: random.pick([null, { a: null, b: '1' }]) } } : body
  const version = random.chance(0.1) ? random.pick(['current', 'stale']) : undefined
  const caller = who(random)
  return {
    ...{ caller, what: label('merge patch', at), method: 'PATCH', path: at.key, key: at.key },
    query: {
      ...random.maybe(() => manager(random)),
      ...options(random),
      ...(random.chance(0.02) && { force: 'true' }),
    },
    contentType: 'application/merge-patch+json',
    body: live => withVersion(patch, live, version),
  }
}

function jsonPatch(random: Random): Draft {
  const at = place(random)
  const operations = random.some([
    { op: 'add', path: '/metadata/labels', value: { a: random.pick(['1', '2']) } },
    { op: 'add', path: '/metadata/labels/b', value: 'x' },
    { op: 'remove', path: '/metadata/labels/a' },
    { op: 'replace', path: '/metadata/labels/a', value: 'z' },
    { op: 'test', path: '/metadata/name', value: random.pick(['a', 'b']) },
    { op: 'copy', from: '/metadata/name', path: '/metadata/labels/c' },
    { op: 'add', path: '/metadata/annotations', value: { 'x.io~1y': '1' } },
  ])
  const caller = who(random)
  return {
    ...{ caller, what: label('json patch', at), method: 'PATCH', path: at.key, key: at.key },
    query: { ...random.maybe(() => manager(random)), ...options(random) },
    contentType: 'application/json-patch+json',
    body: () => operations,
  }
}

function get(random: Random): Draft {
  const at = place(random)
  return { caller: who(random), what: label('get', at), method: 'GET', path: at.key, query: {}, key: at.key }
}

function list(random: Random): Draft {
  const at = place(random)
  const query = {
    ...(random.chance(0.3) && {
      labelSelector: random.pick([
        'a=1',
        'a',
        '!a',
        'a in (1,2)',
        'a notin (1)',
        'a!=1,b',
        'x.io/d==',
        'a in 1',
        'kubernetes.io/metadata.name=a',
      ]),
    }),
    ...(random.chance(0.2) && {
      fieldSelector: random.pick([
        'metadata.name=a',
        'metadata.name!=a',
        'metadata.namespace=one',
        'type=Opaque',
        'status.phase=Pending',
        'wrong=1',
      ]),
    }),
    // Without a namespace there are more objects on a real server, of its own.
    ...(random.chance(0.2) && at.namespace && { limit: '1' }),
  }
  return { caller: who(random), what: label('list', at), method: 'GET', path: at.collection, query }
}

function remove(random: Random): Draft {
  const at = place(
    random,
    generatedKinds.filter(({ kind }) => kind !== 'Namespace'),
  )
  const precondition = random.chance(0.15)
    ? random.pick(['uid', 'wrong uid', 'resourceVersion', 'wrong resourceVersion'] as const)
    : undefined
  const caller = who(random)
  return {
    ...{ caller, what: label('delete', at), method: 'DELETE', path: at.key, key: at.key },
    query: random.chance(0.1) ? { dryRun: 'All' } : {},
    ...(precondition && { body: (live: Live | undefined) => ({ preconditions: preconditions(live, precondition) }) }),
  }
}

function preconditions(
  live: Live | undefined,
  kind: 'uid' | 'wrong uid' | 'resourceVersion' | 'wrong resourceVersion',
) {
  const wrong = { uid: '00000000-0000-0000-0000-000000000000', resourceVersion: '1' }
  if (kind === 'uid') return { uid: live?.metadata.uid ?? wrong.uid }
  if (kind === 'resourceVersion') return { resourceVersion: live?.metadata.resourceVersion ?? wrong.resourceVersion }
  return kind === 'wrong uid' ? { uid: wrong.uid } : { resourceVersion: wrong.resourceVersion }
}

/** What the controllers write, and what the rollout simulator writes on a real control plane. */
function status(random: Random): Draft {
  const at = place(
    random,
    generatedKinds.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Pod', 'Namespace'].includes(kind)),
  )
  const path = `${at.key}/status`
  const caller = who(random)
  const key = at.key
  if (random.chance(0.2)) return { caller, what: label('get status of', at), method: 'GET', path, query: {}, key }
  const phases = { Pod: random.pick(['Running', 'Pending']), Namespace: 'Active' } as Record<string, string>
  const counts = { observedGeneration: random.number(3), replicas: random.number(3), updatedReplicas: random.number(3) }
  const written = phases[at.kind.kind] ? { phase: phases[at.kind.kind] } : counts
  const labels = random.maybe(() => ({ fromStatus: '1' }), 0.3)
  const query = { ...random.maybe(() => manager(random)), ...options(random) }
  if (random.chance(0.4)) {
    const body = { status: written, ...(labels && { metadata: { labels } }) }
    return {
      ...{ caller, what: label('merge patch status of', at), method: 'PATCH', path, query, key },
      contentType: 'application/merge-patch+json',
      body: () => body,
    }
  }
  const fresh = object(random, at)
  return {
    ...{ caller, what: label('put status of', at), method: 'PUT', path, query, key },
    body: live => ({
      ...(live ?? fresh),
      status: written,
      ...(labels && { metadata: { ...(live ?? fresh).metadata, labels } }),
    }),
  }
}

function review(random: Random): Draft {
  const apiVersion = 'authorization.k8s.io/v1'
  const resourceAttributes = random.maybe(
    () => ({
      verb: random.pick(['get', 'list', 'create', 'update', 'delete', '*', 'bind', 'escalate', 'watch']),
      resource: random.pick(['configmaps', 'secrets', 'pods', 'deployments', '*', 'clusterroles', 'rolebindings']),
      group: random.pick(['', 'apps', '*', 'rbac.authorization.k8s.io']),
      namespace: random.maybe(() => random.pick(['one', 'two'])),
      name: random.maybe(() => random.pick(['a', 'edit']), 0.4),
      subresource: random.maybe(() => random.pick(['status', 'token']), 0.2),
    }),
    0.9,
  )
  const nonResourceAttributes = random.maybe(
    () => ({ verb: 'get', path: random.pick(['/version', '/healthz/etcd', '/secret', '/api']) }),
    resourceAttributes ? 0.03 : 0.9,
  )
  const caller = who(random)
  const post = { caller, method: 'POST', query: {} }
  if (random.chance(0.1)) {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    return { ...post, what: 'who am I', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: () => body }
  }
  if (random.chance(0.5)) {
    const body = clean({
      apiVersion,
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes, nonResourceAttributes },
    })
    return { ...post, what: 'may I', path: `/apis/${apiVersion}/selfsubjectaccessreviews`, body: () => body }
  }
  const subject = random.pick([
    { user: 'viewer', groups: ['readers', 'system:authenticated'] },
    { user: 'editor' },
    { user: 'granter', groups: ['granters'] },
    { groups: ['system:masters'] },
    { user: 'system:serviceaccount:one:s' },
    { user: 'u' },
    {},
  ])
  const body = clean({
    apiVersion,
    kind: 'SubjectAccessReview',
    spec: { ...subject, resourceAttributes, nonResourceAttributes },
  })
  return { ...post, what: 'may they', path: `/apis/${apiVersion}/subjectaccessreviews`, body: () => body }
}

function token(random: Random): Draft {
  const at = place(
    random,
    generatedKinds.filter(({ kind }) => kind === 'ServiceAccount'),
  )
  const spec = {
    audiences: random.maybe(() => random.pick([['api://AzureADTokenExchange'], ['x', 'y'], []]), 0.8),
    expirationSeconds: random.maybe(() => random.pick([600, 3600, 5, 2 ** 33]), 0.6),
  }
  const body = clean({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec })
  return {
    caller: who(random),
    what: label('token of', at),
    method: 'POST',
    path: `${at.key}/token`,
    query: {},
    body: () => body,
  }
}

/** Paths, methods and media types beside the beaten track. */
function odd(random: Random): Draft {
  const caller = who(random)
  const path = random.pick([
    '/version',
    '/healthz',
    '/readyz',
    '/livez',
    '/nothing',
    '/apis/argoproj.io/v1alpha1',
    '/apis/argoproj.io/v1alpha1/namespaces/one/applications',
    '/apis/argoproj.io/v1alpha1/namespaces/one/applications/a',
    '/api/v1/namespaces/one/configmaps/a/unknown',
    '/api/v2/namespaces',
  ])
  if (random.chance(0.6)) return { caller, what: `get ${path}`, method: 'GET', path, query: {} }
  const at = place(random)
  const another = random.pick(['Pod', 'Unknown'].map(kind => ({ apiVersion: 'v1', kind })))
  const jsonPatch = 'application/json-patch+json'
  const misshapen = random.pick([{ op: 'remove', path: '/metadata/labels' }, [{ op: 'mend', path: '/metadata' }]])
  const text = random.pick([
    { what: 'a patch of an unknown type', method: 'PATCH', path: at.key, contentType: 'text/plain', body: () => ({}) },
    { what: 'a post to an object', method: 'POST', path: at.key, body: () => ({}) },
    { what: 'a put to a collection', method: 'PUT', path: at.collection, body: () => ({}) },
    { what: 'a body that is no object', method: 'POST', path: at.collection, body: () => [] },
    { what: 'an empty object', method: 'POST', path: at.collection, body: () => ({}) },
    { what: 'an object of another kind', method: 'POST', path: at.collection, body: () => another },
    { what: 'a json patch that is none', method: 'PATCH', path: at.key, contentType: jsonPatch, body: () => misshapen },
  ])
  return { caller, query: {}, ...text }
}

function withVersion(body: Live, live: Live | undefined, version: string | undefined): Live {
  if ((version !== 'current' && version !== 'stale') || typeof body.metadata !== 'object') return body
  const resourceVersion = version === 'stale' ? '1' : live?.metadata.resourceVersion
  return clean({ ...body, metadata: { ...body.metadata, resourceVersion } })
}

/** Without what is undefined, as JSON would have it. */
// biome-ignore lint/suspicious/noExplicitAny: as above
const clean = <Value>(value: Value): any => JSON.parse(JSON.stringify(value))
