import * as core from '@actions/core'
import { Refused } from '../failure.ts'
import { isLater } from '../plan.ts'
import type { Run } from '../reconcile.ts'

/** What was changed of one resource, or in a dry run would be. */
export interface ChangedStep {
  step: string
  action: string
  fields: string[]
}

/** What a run changed, or in a dry run would. */
export function changesOf(run: Run<unknown>): { changed: boolean; changes: ChangedStep[] } {
  const done = run.outcomes.filter(({ kind, action }) => kind === 'done' && action.writes.length > 0)
  const isOver = run.outcomes.length > 0 || run.failure instanceof Refused
  const changes = (isOver ? done.map(({ action }) => action) : run.plan.actions)
    .filter(({ changes }) => changes.length > 0)
    .map(({ id, kind, changes }) => ({ step: id, action: kind, fields: changes.map(({ field }) => field) }))
  return { changed: done.length > 0, changes }
}

/** Sets the outputs that every mode has, and those of the mode; what is unknown, as in a dry run, stays empty. */
export function setOutputs(run: Run<unknown>, ofTheMode: Record<string, unknown>): void {
  const { changed, changes } = changesOf(run)
  core.setOutput('changed', String(changed))
  core.setOutput('changes', JSON.stringify(changes))
  core.setOutput('verified', run.verified)
  core.setOutput('proof', JSON.stringify(run.links))
  for (const [name, value] of Object.entries(ofTheMode)) {
    if (value !== undefined && !isLater(value)) core.setOutput(name, String(value))
  }
}
