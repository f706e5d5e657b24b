import type { Azure } from './azure/azure.ts'
import { Conflict } from './failure.ts'
import type { Cluster } from './kubernetes/cluster.ts'
import { awaitRollout } from './kubernetes/rollout.ts'
import { type Action, type Plan, resolve, type Write } from './plan.ts'

/** What carries writes to their place. */
export interface Places {
  azure: Azure
  hub: Cluster
  target?: Cluster
}

/** How an action ended. */
export type Outcome =
  | { action: Action; kind: 'done'; result: Record<string, unknown> }
  /** `written`: all of its writes were carried out, and what should have come of them did not. */
  | { action: Action; kind: 'failed'; error: unknown; written?: boolean }
  /** Not begun, because an action that it needs failed. */
  | { action: Action; kind: 'skipped' }

/** What is said while a plan is carried out. */
export interface Progress {
  /** The first write of an action is about to be sent. */
  onBegin(action: Action): void
  onOutcome(outcome: Outcome): void
  onProgress(action: Action, progress: string): void
}

/**
 * Carries out a plan: each action as soon as all that it needs is done, side by side otherwise. A failure stops only what needs it.
 * `prove` is called once, before the first action that must not be written unproven.
 */
export async function apply(
  plan: Plan,
  places: Places,
  prove: () => Promise<void>,
  progress: Progress,
): Promise<Outcome[]> {
  const results = new Map<string, Record<string, unknown>>()
  const running = new Map<string, Promise<Outcome>>()

  async function run(action: Action): Promise<Outcome> {
    const before = await Promise.all(action.needs.map(id => running.get(id)))
    if (before.some(outcome => outcome && outcome.kind !== 'done')) return { action, kind: 'skipped' }
    let written = false
    try {
      if (action.onceProven && action.writes.length > 0) await prove()
      if (action.writes.length > 0) progress.onBegin(action)
      let result = action.found
      for (const write of action.writes) {
        const answer = await send(resolve(write, results), places, text => progress.onProgress(action, text))
        result = { ...result, ...answer }
      }
      written = action.writes.length > 0
      if (action.rollout) {
        await awaitRollout(places.hub, action.rollout, text => progress.onProgress(action, text))
      }
      results.set(action.id, result)
      return { action, kind: 'done', result }
    } catch (error) {
      return { action, kind: 'failed', error, written }
    }
  }

  for (const action of plan.actions) {
    running.set(
      action.id,
      run(action).then(outcome => {
        progress.onOutcome(outcome)
        return outcome
      }),
    )
  }
  return Promise.all(running.values())
}

/** Tells whether a run found the world changed under its hands. */
export const isConflict = (outcome: Outcome): boolean => outcome.kind === 'failed' && outcome.error instanceof Conflict

async function send(
  write: Write,
  { azure, hub, target }: Places,
  onProgress: (progress: string) => void,
): Promise<Record<string, unknown>> {
  if (write.at === 'azure') return azure.write(write, onProgress)
  const cluster = write.at === 'hub' ? hub : target!
  if (write.verb === 'delete') await cluster.delete(write.object)
  else await cluster.apply(write.object, write.live, write.force)
  return {}
}
