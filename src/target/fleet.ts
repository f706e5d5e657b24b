import type { Azure } from '../azure/azure.ts'
import type { FleetInputs, TargetInputs } from '../inputs.ts'
import { NotRunning } from '../kubernetes/connect.ts'
import { type Run, reconcile } from '../reconcile.ts'
import type { Report } from '../report/report.ts'
import { selectedClusters } from '../selection.ts'
import { sideBySide } from '../side-by-side.ts'
import type { Surroundings } from '../surroundings.ts'
import { beginJob, type Member } from './job.ts'
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
export async function onboard<M extends Member, Kept>(
  members: readonly M[],
  limit: number,
  around: Surroundings,
  reportOf: (member: M) => Report,
  keep: (member: M, end: End) => Kept,
): Promise<Kept[]> {
  if (members.length === 0) return []
  const job = await beginJob(members, limit, around)
  // A single target is read meanwhile. For many, what is wrong with the hub is wrong once.
  if (members.length > 1) await job.hubView
  return sideBySide(members, limit, async member => {
    const { inputs } = member
    const end = await reconcile(targetMode(inputs, job, around), inputs, reportOf(member)).then(
      (run): End => ({ kind: 'ran', run }),
      (error): End => (error instanceof NotRunning ? { kind: 'skipped', error } : { kind: 'failed', error }),
    )
    await job.release(inputs)
    return keep(member, end)
  })
}

/** A target of a fleet, by the name that its reader gave it. */
export interface FleetMember extends Member {
  /** As the input `targets` takes it. */
  reference: string
}

/** The targets that are meant, each with what it asks for. */
export async function membersOf(inputs: FleetInputs, azure: Azure): Promise<FleetMember[]> {
  const { each, otherwise } = inputs
  const selected = await selectedClusters(inputs, azure)
  return selected.map(({ cluster, entry, reference, known }) => ({
    reference,
    inputs: { ...((entry && otherwise.get(entry)) ?? each), targetCluster: cluster },
    ...(known && { known }),
  }))
}

/** Onboards one target. */
export async function onboardOne(
  target: TargetInputs,
  around: Surroundings,
  report: Report,
): Promise<Run<TargetObservation>> {
  const [end] = await onboard(
    [{ inputs: target }],
    1,
    around,
    () => report,
    (_, end) => end,
  )
  if (end!.kind !== 'ran') throw end!.error
  return end!.run
}
