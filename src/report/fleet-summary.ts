import * as core from '@actions/core'
import { byUrgency } from './fleet-outputs.ts'
import { cell } from './markdown.ts'
import { SUMMARY } from './sizes.ts'
import type { TargetResult } from './target-result.ts'

/** Writes the job summary of a fleet. */
export async function writeFleetSummary(
  title: string,
  results: readonly TargetResult[],
  options: { dryRun: boolean; verify: boolean },
): Promise<void> {
  core.summary.addRaw(`${fleetMarkdown(title, results, options)}\n`)
  await core.summary.write()
}

/** The summary as Markdown: a row for each target, those that failed first, as many as GitHub takes. */
export function fleetMarkdown(
  title: string,
  results: readonly TargetResult[],
  { dryRun, verify }: { dryRun: boolean; verify: boolean },
): string {
  const head = [`### ${title}`, '', counted(results), '', '| target | outcome | proof | details |', '|---|---|---|---|']
  const foot = [
    '',
    dryRun
      ? 'A dry run: nothing was written.'
      : verify
        ? 'The proof of each target is in the log, link by link.'
        : 'Proof: skipped, as the input `verify` says.',
  ]
  let room = SUMMARY - Buffer.byteLength([...head, ...foot].join('\n')) - 200
  const rows: string[] = []
  for (const row of byUrgency(results).map(rowOf)) {
    room -= Buffer.byteLength(row) + 1
    if (room < 0) break
    rows.push(row)
  }
  const left = results.length - rows.length
  return [
    ...head,
    ...rows,
    ...(left > 0 ? ['', `${left} more targets did not fit; the log has them all.`] : []),
    ...foot,
  ].join('\n')
}

/** `20 targets: 2 failed, 18 unchanged`. */
export function counted(results: readonly TargetResult[]): string {
  const groups = Map.groupBy(byUrgency(results), ({ outcome }) => outcome)
  const counts = [...groups].map(([outcome, its]) => `${its.length} ${outcome}`)
  return `${results.length} target${results.length === 1 ? '' : 's'}: ${counts.join(', ') || 'none'}`
}

function rowOf({ reference, outcome, verified, error, changes }: TargetResult): string {
  const past: Record<string, string> = { create: 'created', update: 'updated', delete: 'deleted' }
  const steps = changes.map(({ step, action }) =>
    outcome === 'planned' ? `${action} ${step}` : `${past[action] ?? action} ${step}`,
  )
  const word = outcome === 'failed' || outcome === 'skipped' ? `**${outcome}**` : outcome
  return `| ${cell(reference)} | ${word} | ${verified} | ${[...(error ? [error] : []), ...steps].map(cell).join('<br>')} |`
}
