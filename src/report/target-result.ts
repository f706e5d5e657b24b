import { explain, explainBroken } from '../explain.ts'
import { isLater } from '../plan.ts'
import type { Link, Verdict } from '../proof/link.ts'
import type { End } from '../target/fleet.ts'
import { type ChangedStep, changesOf } from './outputs.ts'

/** What is left of a target of a fleet when it is done: all that its reader needs, and nothing that was read. */
export interface TargetResult {
  /** As the input `targets` takes it. */
  reference: string
  outcome: 'onboarded' | 'unchanged' | 'planned' | 'failed' | 'skipped'
  name?: string
  server?: string
  secretName?: string
  /** Why it failed or was skipped, and what to do. */
  error?: string
  changed: boolean
  changes: ChangedStep[]
  verified: Verdict
  links: Link[]
}

/** `registered` is what Argo CD knows or will know of the target, where that was found out. */
export function resultOf(
  reference: string,
  end: End,
  registered: { name: string; server: unknown; secretName: unknown } | undefined,
  hide: (text: string) => string,
): TargetResult {
  const nothing = { reference, changed: false, changes: [], verified: 'skipped' as const, links: [] }
  if (end.kind !== 'ran') return { ...nothing, outcome: end.kind, error: oneLine(hide(explain(end.error))) }
  const { run } = end
  const error = run.failure ? explain(run.failure) : run.verified === 'failed' ? explainBroken(run.links) : undefined
  const { changed, changes } = changesOf(run)
  const outcome = error ? 'failed' : changed ? 'onboarded' : changes.length > 0 ? 'planned' : 'unchanged'
  return {
    reference,
    outcome,
    ...(registered && { name: registered.name }),
    ...given('server', registered?.server),
    ...given('secretName', registered?.secretName),
    ...(error && { error: oneLine(hide(error)) }),
    changed,
    changes,
    verified: run.verified,
    links: run.links,
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')

/** What is known only after a write that did not happen is not told. */
const given = <Field extends string>(field: Field, value: unknown): { [F in Field]?: string } =>
  (value === undefined || isLater(value) ? {} : { [field]: String(value) }) as { [F in Field]?: string }
