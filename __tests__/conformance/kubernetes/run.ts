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

/** Gives the real server what the controller of aggregated roles would; the sandbox plays it by itself. */
async function aggregate(ours: Server, theirs: Server): Promise<void> {
  for (const name of ['view', 'edit', 'admin']) {
    const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`
    const { body } = await ours.ask({ caller: 'admin', method: 'GET', path, query: {} })
    const { apiVersion, kind, rules } = body as Live
    const query = { fieldManager: 'clusterrole-aggregation-controller', force: 'true' }
    const config = { apiVersion, kind, metadata: { name }, rules }
    const contentType = 'application/apply-patch+yaml'
    await theirs.ask({ caller: 'admin', method: 'PATCH', path, query, contentType, body: config })
  }
}

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
  const seen = { ours: new Map<string, Live>(), theirs: new Map<string, Live>() }
  while (outcome.requests < requests && outcome.disagreements.length < patience) {
    const next = draft(random)
    outcome.requests += 1
    const asked = { ours: concrete(next, seen.ours), theirs: concrete(next, seen.theirs) }
    const [our, their] = await Promise.all([ours.ask(asked.ours), theirs.ask(asked.theirs)])
    outcome.statuses[their.status] = (outcome.statuses[their.status] ?? 0) + 1
    const found = [...differences(our, their), ...movements(next, our, their, seen)]
    remember(next, our, seen.ours)
    remember(next, their, seen.theirs)
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

/** Whether the write moved the object's version on one server but not on the other. */
function movements(
  next: Draft,
  our: Answer,
  their: Answer,
  seen: { ours: Map<string, Live>; theirs: Map<string, Live> },
): string[] {
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
async function forget(
  key: string,
  ours: Server,
  theirs: Server,
  seen: { ours: Map<string, Live>; theirs: Map<string, Live> },
): Promise<void> {
  for (const server of [ours, theirs]) await server.ask({ caller: 'admin', method: 'DELETE', path: key, query: {} })
  seen.ours.delete(key)
  seen.theirs.delete(key)
}

const collectionOf = ({ apiVersion, kind, metadata }: Live): string => {
  const api = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = metadata.namespace ? `/namespaces/${metadata.namespace}` : ''
  return `${api}${scope}/${kind.toLowerCase()}s`
}
