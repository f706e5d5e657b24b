import { apply, isConflict, type Outcome, type Places } from './apply.ts'
import { Refused, Unproven } from './failure.ts'
import { once } from './once.ts'
import { type Plan, type Refusal, writing } from './plan.ts'
import { missingPermissions } from './preflight.ts'
import { type Link, type Verdict, verdictOf } from './proof/link.ts'
import type { Report } from './report/report.ts'

/** A mode of the action: what it looks at, what it makes of that, and how it proves the result. */
export interface Mode<Seen> {
  /** Rounds are counted from 1; in later ones the world has changed, and nothing that was seen before may be taken for true. */
  observe(round: number): Promise<Seen>
  plan(seen: Seen): Plan
  places(seen: Seen): Places
  /** `results` holds what each action found or wrote, by the action's id. */
  prove(seen: Seen, results: ReadonlyMap<string, Record<string, unknown>>): Promise<Link[]>
}

/** What a run did. */
export interface Run<Seen> {
  seen: Seen
  plan: Plan
  outcomes: Outcome[]
  links: Link[]
  verified: Verdict
  /** The reasons not to begin (`Refused`), or the first thing that went wrong while writing or proving; what was written is in `outcomes`. */
  failure?: unknown
}

/** Other jobs may work on the same hub: three looks are enough unless something keeps changing it. */
const ROUNDS = 3

/**
 * Observes, plans, applies and proves. Nothing is written before every refusal and every missing permission is known.
 * When the world changed meanwhile it is observed and planned again, since the old plan answers a question that nobody asks any more.
 * @throws whatever observing throws
 */
export async function reconcile<Seen>(
  mode: Mode<Seen>,
  options: { dryRun: boolean; verify: boolean },
  report: Report,
): Promise<Run<Seen>> {
  const written: Outcome[] = []
  for (let round = 1; ; round++) {
    const seen = await report.observing(() => mode.observe(round))
    const plan = mode.plan(seen)
    report.plan(plan)
    const refused = (refusals: Refusal[]): Run<Seen> => ({
      ...unproven(seen, plan, written),
      failure: new Refused(refusals),
    })
    if (plan.refusals.length > 0) return refused(plan.refusals)
    const places = mode.places(seen)
    const lacking = writing(plan).length > 0 ? await missingPermissions(plan, places) : []
    if (options.dryRun) return dryRun(seen, plan, lacking, report)
    if (lacking.length > 0) return refused(lacking)

    const results = new Map(plan.actions.map(action => [action.id, action.found]))
    const proof = once(async () => {
      const links = options.verify ? await report.proving(() => mode.prove(seen, results)) : []
      return { links, verified: verdictOf(links) }
    })
    const outcomes = await apply(
      plan,
      places,
      async () => {
        if ((await proof()).verified === 'failed') throw new Unproven()
      },
      {
        onBegin: report.begun,
        onOutcome(outcome) {
          if (outcome.kind === 'done') results.set(outcome.action.id, outcome.result)
          report.outcome(outcome)
        },
        onProgress: report.progress,
      },
    )
    written.push(...outcomes.filter(outcome => outcome.kind === 'done' && outcome.action.writes.length > 0))
    if (outcomes.some(isConflict) && round < ROUNDS) {
      written.push(...outcomes.flatMap(carriedOut))
      continue
    }
    const unwritten = outcomes.filter(outcome => outcome.kind !== 'done' || outcome.action.writes.length === 0)
    const run = { seen, plan, outcomes: [...written, ...unwritten] }
    const failed = outcomes.find(isFailure)
    if (failed) return { ...run, links: [], verified: 'skipped', failure: failed.error }
    return { ...run, ...(await proof()) }
  }
}

/** What was written, and is looked at again for what should have come of it. */
const carriedOut = (outcome: Outcome): Outcome[] =>
  outcome.kind === 'failed' && outcome.written && isConflict(outcome)
    ? [{ action: outcome.action, kind: 'done', result: outcome.action.found }]
    : []

const isFailure = (outcome: Outcome): outcome is Extract<Outcome, { kind: 'failed' }> =>
  outcome.kind === 'failed' && !(outcome.error instanceof Unproven)

function dryRun<Seen>(seen: Seen, plan: Plan, lacking: Refusal[], report: Report): Run<Seen> {
  for (const refusal of lacking) report.lacking(refusal)
  return unproven(seen, plan, [])
}

const unproven = <Seen>(seen: Seen, plan: Plan, outcomes: Outcome[]): Run<Seen> => ({
  seen,
  plan,
  outcomes,
  links: [],
  verified: 'skipped',
})
