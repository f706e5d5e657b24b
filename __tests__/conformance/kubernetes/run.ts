import { groundwork } from './callers.ts'
import { type Answer, differences } from './compare.ts'
import { explanationOf } from './known-differences.ts'
import { randomFrom } from './random.ts'
import { type Draft, draft, type Live } from './sequence.ts'
import type { Asked, Server } from './servers.ts'

/** A request on which the two servers disagree. */
export interface Disagreement {
  number: number
  what: string
  caller: string
  asked: Asked
  ours: Answer
  theirs: Answer
  differences: string[]
}

export interface Outcome {
  requests: number
  /** How many requests ended with each status, by both. */
  statuses: Record<string, number>
  explained: Record<string, number>
  disagreements: Disagreement[]
}

/** The objects as each server last showed them, by path. */
interface Seen {
  ours: Map<string, Live>
  theirs: Map<string, Live>
}

/** Makes both servers equal before the first request. */
export async function prepare(ours: Server, theirs: Server): Promise<void> {
  for (const object of groundwork as Live[]) {
    for (const server of [ours, theirs]) {
      const { status, body } = await server.ask({
        caller: 'admin',
        method: 'POST',
        path: collectionOf(object),
        query: {},
        body: object,
      })
      if (status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${JSON.stringify(body)}`)
    }
  }
  await aggregate(ours, theirs)
}

/** Gives roles of the real server the rules that the controller of aggregated roles would; the sandbox plays it by itself. */
async function aggregate(ours: Server, theirs: Server, names = ['view', 'edit', 'admin']): Promise<void> {
  for (const name of names) {
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`
    const { body } = await ours.ask({ caller: 'admin', method: 'GET', path, query: {} })
    const { apiVersion, kind, rules, metadata } = body as Live
    const isAggregated = metadata?.managedFields?.some(({ manager }: Live) => manager === controller)
    if (!isAggregated) continue
    const query = { fieldManager: controller, force: 'true' }
    const config = { apiVersion, kind, metadata: { name }, rules }
    const contentType = 'application/apply-patch+yaml'
    await theirs.ask({ caller: 'admin', method: 'PATCH', path, query, contentType, body: config })
  }
}

const controller = 'clusterrole-aggregation-controller'

/** Sends the same requests to both, one after the other, and compares each answer. */
export async function run(
  ours: Server,
  theirs: Server,
  seed: number,
  requests: number,
  patience = 25,
): Promise<Outcome> {
  const random = randomFrom(seed)
  const outcome: Outcome = { requests: 0, statuses: {}, explained: {}, disagreements: [] }
  const seen: Seen = { ours: new Map<string, Live>(), theirs: new Map<string, Live>() }
  while (outcome.requests < requests && outcome.disagreements.length < patience) {
    const next = draft(random)
    outcome.requests += 1
    const asked = { ours: concrete(next, seen.ours), theirs: concrete(next, seen.theirs) }
    const [our, their] = await Promise.all([ours.ask(asked.ours), theirs.ask(asked.theirs)])
    outcome.statuses[their.status] = (outcome.statuses[their.status] ?? 0) + 1
    const found = [...differences(our, their), ...movements(next, our, their, seen)]
    remember(next, our, seen.ours)
    remember(next, their, seen.theirs)
    found.push(...(await nextPages(asked.ours, asked.theirs, our, their, ours, theirs, outcome)))
    if (next.method !== 'GET' && next.path.includes('/clusterroles')) await followAggregation(ours, theirs, seen)
    if (found.length === 0) continue
    const explanation = explanationOf(next, our, their)
    if (explanation) outcome.explained[explanation] = (outcome.explained[explanation] ?? 0) + 1
    else
      outcome.disagreements.push({
        number: outcome.requests,
        what: next.what,
        caller: next.caller,
        asked: asked.ours,
        ours: our,
        theirs: their,
        differences: found,
      })
    if (next.key) await forget(next.key, ours, theirs, seen)
  }
  return outcome
}

/** Walks the pages that follow a list; both servers have to have as many. */
async function nextPages(
  ourList: Asked,
  theirList: Asked,
  our: Answer,
  their: Answer,
  ours: Server,
  theirs: Server,
  outcome: Outcome,
): Promise<string[]> {
  const [ourNext, theirNext] = [our, their].map(({ body }) => (body as Live | undefined)?.metadata?.continue)
  if (!ourNext || !theirNext) return []
  outcome.requests += 1
  const after = (list: Asked, token: string) => ({ ...list, query: { ...list.query, continue: token } })
  const [ourPage, theirPage] = await Promise.all([
    ours.ask(after(ourList, ourNext)),
    theirs.ask(after(theirList, theirNext)),
  ])
  const rest = await nextPages(ourList, theirList, ourPage, theirPage, ours, theirs, outcome)
  return [...differences(ourPage, theirPage).map(difference => `next page${difference}`), ...rest]
}

/** After a write of ClusterRoles: some may have rules now that nobody wrote. */
async function followAggregation(ours: Server, theirs: Server, seen: Seen): Promise<void> {
  await aggregate(ours, theirs, ['a', 'b', 'c'])
  for (const name of ['a', 'b', 'c']) {
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`
    for (const [server, known] of [[ours, seen.ours] as const, [theirs, seen.theirs] as const]) {
      const { status, body } = await server.ask({ caller: 'admin', method: 'GET', path, query: {} })
      if (status === 200) known.set(path, body as Live)
    }
  }
}

/** Whether the write moved the object's version on one server but not on the other. */
function movements(next: Draft, our: Answer, their: Answer, seen: Seen): string[] {
  if (!next.key || our.status >= 300 || their.status >= 300) return []
  const moved = (answer: Answer, known: Map<string, Live>) =>
    (answer.body as Live).metadata?.resourceVersion !== known.get(next.key!)?.metadata.resourceVersion
  const [oursMoved, theirsMoved] = [moved(our, seen.ours), moved(their, seen.theirs)]
  return oursMoved === theirsMoved ? [] : [`version moved: ${oursMoved} | ${theirsMoved}`]
}

function concrete(next: Draft, seen: Map<string, Live>): Asked {
  const { caller, method, path, query, contentType } = next
  const live = next.key === undefined ? undefined : seen.get(next.key)
  return { caller, method, path, query, contentType, ...(next.body && { body: next.body(live) }) }
}

function remember(next: Draft, answer: Answer, seen: Map<string, Live>): void {
  if (!next.key || answer.status >= 300 || next.query.dryRun) return
  if (next.method === 'DELETE') seen.delete(next.key)
  else seen.set(next.key, answer.body as Live)
}

/** After a disagreement the object goes from both, so that the next answers are not about the same thing. */
async function forget(key: string, ours: Server, theirs: Server, seen: Seen): Promise<void> {
  for (const server of [ours, theirs]) await server.ask({ caller: 'admin', method: 'DELETE', path: key, query: {} })
  if (key.startsWith('/api/v1/namespaces/') && key.split('/').length === 5) await finalize(key, theirs)
  seen.ours.delete(key)
  seen.theirs.delete(key)
}

/** Beside the real server there is no controller that ends a deleted namespace. */
async function finalize(path: string, theirs: Server): Promise<void> {
  const { status, body } = await theirs.ask({ caller: 'admin', method: 'GET', path, query: {} })
  if (status !== 200) return
  const ended = { ...(body as Live), spec: { finalizers: [] } }
  await theirs.ask({ caller: 'admin', method: 'PUT', path: `${path}/finalize`, query: {}, body: ended })
}

const collectionOf = ({ apiVersion, kind, metadata }: Live): string => {
  const api = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = metadata.namespace ? `/namespaces/${metadata.namespace}` : ''
  return `${api}${scope}/${kind.toLowerCase()}s`
}
