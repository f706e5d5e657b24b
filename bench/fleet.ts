import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunOptions, runAction } from '../sandbox/runner/run-action.ts'
import type { ActionRun } from '../sandbox/runner/step.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts'
import type { World } from '../sandbox/world.ts'
import { onboardingOf } from '../sandbox/worlds/access.ts'
import { clusterOf, subscriptionOf } from '../sandbox/worlds/builder.ts'
import { fleetOf } from '../sandbox/worlds/fleet.ts'
import { type BrokenTarget, breakTargets, brokenTargets } from './broken-targets.ts'

export const hub = 'argocd-rg/argocd-aks'

/** Fifty to a resource group. */
export const targetsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `fleet-${Math.floor(index / 50)}-rg/aks-${index}`)

/** A run, and what it took. */
export interface Measured extends ActionRun {
  milliseconds: number
  /** Of a processor; unlike the time it took it does not depend on who else is at work on the machine. */
  cpuMilliseconds: number
  /** The most memory that the action's process had, in bytes. */
  peakMemory: number
}

/** A fleet with a prepared hub, of which nothing is onboarded yet. */
export interface Fleet {
  sandbox: Sandbox
  targets: string[]
  /** Onboards what carries the fleet's tag, or what is listed in `targets`. */
  onboard(inputs?: Record<string, string>, options?: RunOptions): Promise<Measured>
  /** Those that are not registered by exactly one Secret, or not let in by exactly one binding. */
  amiss(targets?: string[]): Promise<string[]>
}

/** As `withFleet` takes it. */
export interface FleetWish {
  count: number
  broken?: number
  throttling?: World['throttling']
}

/** Starts a sandbox with a fleet for as long as something is done with it. */
export async function withFleet<Result>(
  wish: FleetWish,
  act: (fleet: Fleet, broken: BrokenTarget[]) => Promise<Result>,
): Promise<Result> {
  const broken = brokenTargets(wish.broken ?? 0)
  const targets = targetsOf(wish.count - broken.length)
  const world = fleetOf({ targets: [...targets, ...broken.map(({ reference }) => reference)] })
  const options: SandboxOptions = {}
  const sandbox = await startSandbox(world, options)
  const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-bench-'))
  try {
    const fleet = fleetIn(sandbox, targets, join(folder, 'footprint'))
    const prepared = await runAction(sandbox, { ...callerOf(world), mode: 'hub', verify: 'false' })
    if (prepared.exitCode !== 0) throw new Error(prepared.log)
    options.fault = breakTargets(broken, hub, world)
    if (wish.throttling) world.throttling = wish.throttling
    return await act(fleet, broken)
  } finally {
    await sandbox.stop()
    await rm(folder, { recursive: true })
  }
}

const byTag = { 'target-tag': 'argocd-fleet=on' }

function fleetIn(sandbox: Sandbox, targets: string[], footprintFile: string): Fleet {
  const { world } = sandbox
  return {
    sandbox,
    targets,
    async onboard(inputs = {}, options = {}) {
      const meant = inputs.targets ? {} : byTag
      const start = performance.now()
      const run = await runAction(
        sandbox,
        { ...callerOf(world), mode: 'target', ...meant, ...inputs },
        {
          ...options,
          preload: [...(options.preload ?? []), new URL('footprint.mjs', import.meta.url).href],
          environment: { FOOTPRINT_FILE: footprintFile },
        },
      )
      const milliseconds = performance.now() - start
      return { ...run, milliseconds, ...JSON.parse(await readFile(footprintFile, 'utf8')) }
    },
    async amiss(wanted = targets) {
      const secrets = await sandbox.objects(hub)
      const registered = Map.groupBy(secrets, ({ metadata }) =>
        metadata.annotations?.['argo-aks-onboard/target']?.toLowerCase(),
      )
      const found = await Promise.all(
        wanted.map(async target => {
          const { id } = clusterOf(world, target).arm
          const bindings = (await sandbox.objects(target)).filter(
            ({ kind, metadata }) =>
              kind === 'ClusterRoleBinding' && metadata.labels?.['app.kubernetes.io/managed-by'] === 'argo-aks-onboard',
          )
          return { target, isRight: registered.get(id.toLowerCase())?.length === 1 && bindings.length === 1 }
        }),
      )
      return found.filter(({ isRight }) => !isRight).map(({ target }) => target)
    },
  }
}

/** What a run says became of its targets. */
export const targetsIn = ({ outputs }: ActionRun): { id: string; outcome: string; error?: string }[] =>
  JSON.parse(outputs.targets ?? '[]')

/** What a job says of who runs it, and where the hub is. */
export const callerOf = (world: World): Record<string, string> => ({
  'tenant-id': world.tenantId,
  'client-id': onboardingOf(world).clientId,
  'subscription-id': subscriptionOf(world),
  'hub-cluster': hub,
})
