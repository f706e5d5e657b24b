/** An answer without what must differ between two servers: ids, versions, times, tokens. */
export interface Answer {
  status: number
  body: unknown
}

/** Where two answers differ, as `path: ours | theirs`. */
export function differences(ours: Answer, theirs: Answer): string[] {
  return compare(normalise(ours), normalise(theirs), '')
}

function compare(ours: unknown, theirs: unknown, path: string): string[] {
  if (Object.is(ours, theirs)) return []
  if (isObject(ours) && isObject(theirs) && Array.isArray(ours) === Array.isArray(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)])
    return [...keys].flatMap(key => compare(ours[key], theirs[key], `${path}.${key}`))
  }
  return [`${path}: ${show(ours)} | ${show(theirs)}`]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing'

function normalise({ status, body }: Answer): unknown {
  const walked = walk(body, '') as Record<string, unknown>
  if (!isObject(walked)) return { status, body: walked }
  if (Array.isArray(walked.items)) walked.items = walked.items.filter(({ metadata }) => !isGiven(metadata.name))
  // The causes are compared one by one, and the message joins them in an order of the server's own.
  if (status === 422) walked.message = String(walked.message).split(' is invalid: ')[0]
  const causes = (walked.details as { causes?: { field: string; message: string }[] } | undefined)?.causes ?? []
  for (const cause of causes)
    if (cause.field === 'patch') cause.message = '<the patched object, and what is wrong with it>'
  if (status === 500) walked.message = String(walked.message).split('\n').sort().join('\n')
  return { status, body: walked }
}

/** Objects that a real server has from birth, of which the sandbox knows some. */
const isGiven = (name: string): boolean => /^(system:|kube-)/.test(name)

const volatile: Record<string, string> = {
  uid: 'uid',
  resourceVersion: 'version',
  time: 'time',
  creationTimestamp: 'time',
  deletionTimestamp: 'time',
  expirationTimestamp: 'time',
  token: 'token',
  continue: 'continuation',
  serverAddress: 'address',
  gitCommit: 'commit',
}

function walk(value: unknown, key: string): unknown {
  if (typeof value === 'string') return volatile[key] ? `<${volatile[key]}>` : scrub(value)
  if (Array.isArray(value)) {
    const items = value.map(item => walk(item, ''))
    return isUnordered(key) ? [...new Set(items.map(show))].sort().map(text => JSON.parse(text)) : items
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, walk(inner, name)]),
  )
}

/** Lists whose order, or whether they repeat an entry, is an accident of the real server's. */
const isUnordered = (key: string): boolean => ['managedFields', 'causes', 'verbs'].includes(key)

const scrub = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>')
    .replace(/RBAC: \[([^\]]*)\]/, (_, list) => `RBAC: [${list.split(', ').sort().join(', ')}]`)
    .replace(/Key: [^,]*\/([a-z]+\/[^,]*)/, 'Key: $1')
    // A field that is not known ends the search, which goes through the others in no order.
    .replace(/(typed patch object \([^)]*\)).*field not declared in schema.*/s, '$1: field not declared in schema')
    // Bindings are walked in no order: the first one that allows is named.
    .replace(/RBAC: allowed by .*/, 'RBAC: allowed by <binding>')
    .replace(/(unable to parse requirement:).*/, '$1')
    .replace(/(pod updates may not change fields other than [^\n]*)\n[\s\S]*/, '$1')
    .replace(/(ResourceVersion in \w+(?: \w+)?(?:: | \())\d+/g, '$1<version>')
