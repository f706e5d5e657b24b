import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { cloudOf } from '../../sandbox/clouds.ts'
import { type Difference, difference, picture } from '../../sandbox/difference.ts'
import { dump } from '../../sandbox/dump.ts'
import type { Keyring } from '../../sandbox/keyring.ts'
import { leaks } from '../../sandbox/runner/leaks.ts'
import { type RunOptions, runAction } from '../../sandbox/runner/run-action.ts'
import type { ActionRun } from '../../sandbox/runner/step.ts'
import { type LoggedRequest, type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'
import { subscriptionOf } from '../../sandbox/worlds/builder.ts'
import { readable } from './names.ts'
import { expectDryRunOutputs, expectOutputs } from './outputs.ts'
import { disagreements, type PlannedChange } from './plan-and-difference.ts'
import { transcript } from './transcript.ts'
import { wayInto } from './way-in.ts'

type Inputs = Record<string, string>

/** The clusters of most stories. */
export const hub = 'argocd-rg/argocd-aks'
export const target = 'dev-rg/devworkloadaks1'

/** What most stories ask for. */
export const prepareHub: Inputs = { mode: 'hub' }
export const onboardTarget: Inputs = { mode: 'target', 'target-cluster': target }

/** A sandbox with the action in front of it. */
export interface Stage {
  sandbox: Sandbox
  world: World
  /** What every step says of who runs it and where the hub is. */
  caller: Inputs
  /** One run that may end in any way; what every run owes is checked: no secret shows, a dry run writes nothing. */
  run(inputs: Inputs, options?: RunOptions): Promise<ActionRun>
  /** A run that ends well, and changes in the world exactly what its plan says. */
  achieves(inputs: Inputs, options?: RunOptions): Promise<Achievement>
  /** The same with a dry run before it and another run after it, and all that has to hold between the three. */
  succeeds(inputs: Inputs, options?: RunOptions): Promise<Achievement>
  /** A run that fails and has written nothing: its one sentence, with names for ids. */
  refuses(inputs: Inputs, options?: RunOptions): Promise<string>
  /** A text with names for ids. */
  readable(text: string): Promise<string>
  /** Holds the page of a run against the file beside the test. A real control plane draws other ids, so there it is not looked at. */
  matches(file: string, achievement: Achievement): Promise<void>
}

/** A run that ended well. */
export interface Achievement {
  inputs: Inputs
  run: ActionRun
  /** What it changed in the world. */
  differences: Difference[]
}

/** Sets the stage for one test; the sandbox ends with it. `fault` is asked before each answer, so that another hand can come in between. */
export async function enter(world: World, keyring?: Keyring, fault?: SandboxOptions['fault']): Promise<Stage> {
  const sandbox = await startSandbox(world, {
    ...(keyring && { keyring }),
    ...(fault && { fault }),
    ...(await wayInto(world)),
  })
  onTestFinished(async () => {
    if (process.env.SANDBOX_DUMP) await dump(sandbox, join(process.env.SANDBOX_DUMP, folderName()))
    await sandbox.stop()
  })

  const run: Stage['run'] = async (inputs, options) => {
    const done = await runAction(sandbox, { ...callerOf(world), ...inputs }, options)
    expect(leaks(done, sandbox.keyring), 'secrets that show').toEqual([])
    if (inputs['dry-run'] === 'true') expectDryRun(done)
    return done
  }
  const named = (text: string) => readable(text, world, sandbox.keyring)

  const achieves: Stage['achieves'] = async (inputs, options) => {
    const before = await picture(sandbox)
    const done = await run(inputs, options)
    expect(done, done.log).toMatchObject({ exitCode: 0 })
    const differences = difference(before, await picture(sandbox))
    expect(disagreements(planOf(done), done.log, differences), 'plan and world').toEqual([])
    await expectOutputs(sandbox, inputs, done)
    return { inputs, run: done, differences }
  }

  return {
    sandbox,
    world,
    caller: callerOf(world),
    run,
    achieves,
    readable: named,
    async succeeds(inputs, options) {
      const before = await picture(sandbox)
      const dryRun = await run({ ...inputs, 'dry-run': 'true' }, options)
      expect(dryRun, dryRun.log).toMatchObject({ exitCode: 0 })
      expect(difference(before, await picture(sandbox)), 'what a dry run changes').toEqual([])

      const achieved = await achieves(inputs, options)
      expect(planOf(achieved.run), 'plan on paper and plan carried out').toEqual(planOf(dryRun))
      expect(disagreements(planOf(dryRun), dryRun.log, achieved.differences), 'plan on paper and world').toEqual([])
      expectDryRunOutputs(dryRun, achieved.run)

      const again = await run(inputs, options)
      expect(again, again.log).toMatchObject({ exitCode: 0, outputs: { changed: 'false', changes: '[]' } })
      expect(written(again), 'writes of the second run').toEqual([])
      return achieved
    },
    async refuses(inputs, options) {
      const before = await picture(sandbox)
      const refused = await run(inputs, options)
      expect(refused, refused.log).toMatchObject({ exitCode: 1 })
      expect(written(refused), 'writes before the refusal').toEqual([])
      expect(difference(before, await picture(sandbox)), 'what a refused run changes').toEqual([])
      return named(errorsIn(refused))
    },
    async matches(file, achievement) {
      if (process.env.KUBEBUILDER_ASSETS) return
      const { currentTestName: title = '' } = expect.getState()
      const page = await named(
        transcript({ title, ...achievement, inputs: { ...callerOf(world), ...achievement.inputs } }, world),
      )
      await expect(page).toMatchFileSnapshot(file)
    },
  }
}

/** The running test's title, as a path can hold it. */
const folderName = (): string =>
  (expect.getState().currentTestName ?? '').replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 120)

/** Sets a stage on which the hub is one already: this action prepared it before the story begins. */
export async function enterPrepared(world: World, keyring?: Keyring, fault?: SandboxOptions['fault']): Promise<Stage> {
  const stage = await enter(world, keyring, fault)
  const prepared = await stage.run({ ...prepareHub, verify: 'false' })
  expect(prepared.exitCode, prepared.log).toBe(0)
  return stage
}

/** What a failed run says, without what it did before. */
export const errorsIn = ({ log }: ActionRun): string =>
  log
    .split('\n')
    .flatMap(line => /^Error: (.*)$/.exec(line)?.[1] ?? [])
    .join('\n')

/** The requests of a run that changed something. */
export const written = ({ requests }: ActionRun): string[] =>
  requests.filter(({ write }) => write).map(({ method, path }) => `${method} ${path}`)

/** How many commands a run had carried out by run-command: a pod each. */
export const commandsOf = ({ requests }: ActionRun): number =>
  requests.filter(({ method, path }) => method === 'POST' && /\/runCommand$/i.test(path)).length

/** What a step has to say of who runs it, and where the hub of all stories is. */
export const callerOf = (world: World): Inputs => ({
  'tenant-id': world.tenantId,
  'client-id': onboardingOf(world).clientId,
  'subscription-id': subscriptionOf(world),
  'hub-cluster': hub,
  ...(world.cloud !== 'public' && { environment: cloudOf(world).cliName.toLowerCase() }),
})

export const planOf = ({ outputs }: ActionRun): PlannedChange[] => JSON.parse(outputs.changes ?? '')

function expectDryRun(run: ActionRun): void {
  expect(written(run), 'writes of a dry run').toEqual([])
  expect(run.requests.filter(isTokenRequest), 'TokenRequests of a dry run').toEqual([])
}

const isTokenRequest = ({ method, path }: LoggedRequest): boolean =>
  method === 'POST' && /^\/api\/v1\/namespaces\/[^/]+\/serviceaccounts\/[^/]+\/token$/.test(path)
