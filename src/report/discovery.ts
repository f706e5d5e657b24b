import * as core from '@actions/core'
import { matrixOf } from '../discover.ts'
import { Failure } from '../failure.ts'
import type { Selected } from '../selection.ts'
import { cell } from './markdown.ts'
import { fitted, OUTPUTS, SUMMARY } from './sizes.ts'

/** Hands on the clusters that were found: to the log, the summary and the jobs that follow. */
export async function reportDiscovery(selected: readonly Selected[]): Promise<void> {
  const { left, ...outputs } = discoveryOutputs(selected)
  for (const { reference } of selected) core.info(`  ${reference}`)
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  if (selected.length === 0)
    core.warning('No cluster was found: the output matrix is empty, and a job that uses it has to be skipped')
  if (left > 0) core.warning(`GitHub takes outputs of 1 MB: ${left} clusters were left out of the output targets`)
  core.summary.addRaw(`${discoveryMarkdown(selected)}\n`)
  await core.summary.write()
}

/**
 * The outputs of mode discover. No id of a subscription is in them: GitHub hands on no output that holds a secret, and people keep these
 * ids as secrets.
 * @throws Failure where the matrix is larger than GitHub takes
 */
export function discoveryOutputs(selected: readonly Selected[]) {
  const include = matrixOf(selected)
  const matrix = include.length > 0 ? JSON.stringify({ include }) : ''
  if (matrix.length > OUTPUTS * 0.6) throw tooLarge(selected.length)
  const targets = fitted(
    selected.map(({ reference, cluster }) => ({ id: reference, name: cluster.name, outcome: 'found' })),
    OUTPUTS * 0.4,
  )
  return {
    changed: 'false',
    changes: '[]',
    verified: 'skipped',
    proof: '[]',
    matrix,
    targets: targets.json,
    left: targets.left,
  }
}

/** The summary as Markdown, as much of it as GitHub takes. */
export function discoveryMarkdown(selected: readonly Selected[]): string {
  const head = [`### ${selected.length} target${selected.length === 1 ? '' : 's'} found`, '']
  let room = SUMMARY - 1000
  const rows: string[] = []
  for (const { reference } of selected) {
    const row = `- ${cell(reference)}`
    room -= Buffer.byteLength(row) + 1
    if (room < 0) break
    rows.push(row)
  }
  const left = selected.length - rows.length
  return [...head, ...rows, ...(left > 0 ? ['', `${left} more did not fit.`] : [])].join('\n')
}

const tooLarge = (count: number) =>
  new Failure({
    what: `A matrix of ${count} targets is larger than GitHub takes`,
    why: 'outputs of a job may come to 1 MB',
    remedy: 'Find them in several parts, by the inputs subscriptions or target-tag',
  })
