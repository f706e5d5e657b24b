import * as core from '@actions/core'
import type { Link, Verdict } from '../proof/link.ts'
import { fitted, OUTPUTS } from './sizes.ts'
import type { TargetResult } from './target-result.ts'

/** Failures come first, since what does not fit is left out from the end. */
const ORDER = ['failed', 'skipped', 'onboarded', 'planned', 'unchanged'] satisfies TargetResult['outcome'][]

/** What needs attention, before what was changed, before the rest. */
export const byUrgency = (results: readonly TargetResult[]): TargetResult[] =>
  results.toSorted((one, other) => ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome))

/** Sets the outputs of a fleet. */
export function setFleetOutputs(results: readonly TargetResult[]): void {
  const { left, ...outputs } = fleetOutputs(results)
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value)
  if (left > 0)
    core.warning(
      `GitHub takes outputs of 1 MB: ${left} entries were left out of targets, changes or proof, and of others the errors are cut. Onboard fewer targets a job to have all of them (mode discover makes a matrix).`,
    )
}

/** The outputs as text, and how much of them did not fit. */
export function fleetOutputs(results: readonly TargetResult[]) {
  const sorted = byUrgency(results)
  const targets = fitted(
    sorted.map(({ reference, name, server, secretName, outcome, error }) => ({
      id: reference,
      name,
      server,
      'secret-name': secretName,
      outcome,
      error,
    })),
    OUTPUTS * 0.7,
    entry => (entry.error ? { ...entry, error: entry.error.slice(0, 200) } : entry),
  )
  const changes = fitted(
    sorted.flatMap(({ reference, changes }) => changes.map(change => ({ target: reference, ...change }))),
    OUTPUTS * 0.15,
  )
  const proof = fitted(linksOf(sorted), OUTPUTS * 0.15)
  return {
    changed: String(results.some(({ changed }) => changed)),
    changes: changes.json,
    verified: verdictOf(results),
    proof: proof.json,
    targets: targets.json,
    left: targets.left + changes.left + proof.left,
  }
}

/** Links that targets have in common stand once, and those that did not hold come first. */
function linksOf(results: readonly TargetResult[]): (Link & { target?: string })[] {
  const links = new Map<string, Link & { target?: string }>()
  for (const { reference, links: its } of results) {
    for (const link of its) {
      const entry = link.link === 'exchange' ? link : { target: reference, ...link }
      links.set(JSON.stringify(entry), entry)
    }
  }
  const order = ['failed', 'not checked', 'proven']
  return [...links.values()].toSorted((one, other) => order.indexOf(one.outcome) - order.indexOf(other.outcome))
}

/** What the proofs of all targets say together. */
function verdictOf(results: readonly TargetResult[]): Verdict {
  const verdicts = results.filter(({ outcome }) => outcome !== 'skipped').map(({ verified }) => verified)
  if (verdicts.includes('failed')) return 'failed'
  const [first = 'skipped'] = verdicts
  return verdicts.every(verdict => verdict === first) ? first : 'partial'
}
