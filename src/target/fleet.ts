import type { TargetInputs } from '../inputs.ts'
import { NotRunning } from '../kubernetes/connect.ts'
import { type Run, reconcile } from '../reconcile.ts'
import type { Report } from '../report/report.ts'
import { sideBySide } from '../side-by-side.ts'
import type { Surroundings } from '../surroundings.ts'
import { beginJob } from './job.ts'
import { targetMode } from './mode.ts'
import type { TargetObservation } from './observe.ts'

/** How it went with one target. */
export type End =
  | { kind: 'ran'; run: Run<TargetObservation> }
  | { kind: 'failed'; error: unknown }
  /** It has no API server while it is stopped: a run after it is started will find it. */
  | { kind: 'skipped'; error: NotRunning }

/**
 * Onboards targets side by side, `limit` of them at a time. One that fails stops no other. What is read for a target is let go when
 * it is done, but for what `keep` makes of it.
 * @throws whatever keeps all of them from being onboarded
 */
export async function onboard<Kept>(
  targets: readonly TargetInputs[],
  limit: number,
  around: Surroundings,
  reportOf: (target: TargetInputs) => Report,
  keep: (target: TargetInputs, end: End) => Kept,
): Promise<Kept[]> {
  const job = await beginJob(targets, limit, around)
  // A single target is read meanwhile. For many, what is wrong with the hub is wrong once.
  if (targets.length > 1) await job.hubView
  return sideBySide(targets, limit, async inputs => {
    const end = await reconcile(targetMode(inputs, job, around), inputs, reportOf(inputs)).then(
      (run): End => ({ kind: 'ran', run }),
      (error): End => (error instanceof NotRunning ? { kind: 'skipped', error } : { kind: 'failed', error }),
    )
    await job.release(inputs)
    return keep(inputs, end)
  })
}

/** Onboards one target. */
export async function onboardOne(
  target: TargetInputs,
  around: Surroundings,
  report: Report,
): Promise<Run<TargetObservation>> {
  const [end] = await onboard(
    [target],
    1,
    around,
    () => report,
    (_, end) => end,
  )
  if (end!.kind !== 'ran') throw end!.error
  return end!.run
}
