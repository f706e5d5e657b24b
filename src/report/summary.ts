import * as core from '@actions/core'
import type { Outcome } from '../apply.ts'
import { Refused, sentence } from '../failure.ts'
import type { Plan } from '../plan.ts'
import type { Run } from '../reconcile.ts'
import { cell } from './markdown.ts'
import { change, isWithheld, PAST, proved } from './render.ts'

/** Writes the job summary: what was done, or would be, what was proven, and what a mode has to add. */
export async function writeSummary(
  title: string,
  run: Run<unknown>,
  { dryRun, verify }: { dryRun: boolean; verify: boolean },
  appendix: string,
): Promise<void> {
  core.summary.addRaw(`${markdown(title, run, { dryRun, verify })}\n${appendix && `\n${appendix}\n`}`)
  await core.summary.write()
}

/** The summary as Markdown. */
export function markdown(
  title: string,
  { plan, outcomes, links, verified, failure }: Run<unknown>,
  { dryRun, verify }: { dryRun: boolean; verify: boolean },
): string {
  const ends = new Map(outcomes.map(outcome => [outcome.action.id, wordFor(outcome)]))
  const refusals = failure instanceof Refused ? failure.refusals : []
  const rows = rowsOf(plan, outcomes).map(action => {
    const isForetold = (dryRun || refusals.length > 0) && action.writes.length > 0 && !ends.has(action.id)
    const word = isForetold ? `would be ${PAST[action.kind]}` : PAST[action.kind]
    const done = ends.get(action.id) ?? word
    const details = [...action.changes.map(change), ...(action.note ? [action.note] : [])].map(cell).join('<br>')
    return `| ${cell(action.id)} | ${done} | ${details} |`
  })
  return [
    `### ${title}`,
    '',
    '| resource | outcome | details |',
    '|---|---|---|',
    ...rows,
    '',
    ...(plan.warnings ?? []).flatMap(warning => [`Beforehand: ${cell(sentence(warning))}`, '']),
    ...refusals.flatMap(refusal => [`**Refused**: ${cell(sentence(refusal))}`, '']),
    ...(dryRun
      ? ['A dry run: nothing was written.']
      : refusals.length > 0
        ? ['Nothing further was written.']
        : verify
          ? [`Proof: **${verified}**`, '', ...links.map(link => `- ${cell(proved(link))}`)]
          : ['Proof: skipped, as the input `verify` says.']),
  ].join('\n')
}

/** How an action ended that did not come to what it says. */
function wordFor(outcome: Outcome): string | undefined {
  if (isWithheld(outcome)) return '**not written**'
  return { done: undefined, failed: '**failed**', skipped: 'not begun' }[outcome.kind]
}

/** The last plan, and before it what an earlier round of the same run had written. */
function rowsOf(plan: Plan, outcomes: Run<unknown>['outcomes']) {
  const planned = new Set(plan.actions.map(({ id }) => id))
  const earlier = outcomes.map(({ action }) => action).filter(({ id }) => !planned.has(id))
  const written = new Map(outcomes.map(({ action }) => [action.id, action]))
  return [...earlier, ...plan.actions.map(action => written.get(action.id) ?? action)]
}
