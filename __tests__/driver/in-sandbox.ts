import { expect } from 'vitest'
import type { Keyring } from '../../sandbox/keyring.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts'
import { fork, type World } from '../../sandbox/world.ts'
import { runInProcess } from './run-in-process.ts'

/** Starts a sandbox around a world for as long as something is done in it. */
export async function inSandbox<Result>(
  world: World,
  options: SandboxOptions,
  act: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const sandbox = await startSandbox(world, options)
  try {
    return await act(sandbox)
  } finally {
    await sandbox.stop()
  }
}

/** A copy of the world as a successful run leaves it. */
export async function worldAfter(start: World, keyring: Keyring, inputs: Record<string, string>): Promise<World> {
  const world = fork(start)
  const run = await inSandbox(world, { keyring }, sandbox => runInProcess(sandbox, inputs))
  expect(run.exitCode, run.log).toBe(0)
  return world
}
