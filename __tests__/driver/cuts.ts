import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { comparable } from '../../sandbox/difference.ts'
import type { Keyring } from '../../sandbox/keyring.ts'
import type { LoggedRequest, Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts'
import { fork, type World } from '../../sandbox/world.ts'
import { inSandbox } from './in-sandbox.ts'
import { runInProcess } from './run-in-process.ts'

/** A step that is going to be cut, and the world that it starts from. */
export interface Journey {
  start: World
  /** The keys of the world and of all its forks. */
  keyring: Keyring
  inputs: Record<string, string>
}

/** A moment at which a run may be cut: the world as the run leaves it then. */
export interface Cut {
  /** The request whose answer the run does not live to see: `PUT managedClusters/argocd-aks`. */
  at: string
  isWrite: boolean
  world: World
}

/** A run that nobody cut: where it leads, and every state of the world on the way there. */
export interface Uncut {
  end: Resources
  cuts: Cut[]
}

/** A world as a value to compare by: its resources by name. */
export type Resources = ReturnType<typeof comparable>

/** Writes that are in flight together reach Azure in any order; so many orders are tried. */
const ORDERS = 3

/**
 * Runs a step to its end, over and over with its writes in other orders, and keeps the world at every request that changed it.
 * Reads change it too: with each of them an operation of Azure or a rollout goes on.
 */
export async function uncutRun({ start, keyring, inputs }: Journey): Promise<Uncut> {
  const cuts = new Map([[stateOf(start), undefined as Cut | undefined]])
  const ends = new Set<string>()
  for (let order = 0; order < ORDERS; order++) {
    const options: SandboxOptions = {
      keyring,
      fault: ({ method, path }) =>
        method === 'PUT' || method === 'PATCH' ? { kind: 'delay', milliseconds: delayOf(order, path) } : undefined,
      onRequest: request => {
        const state = stateOf(world)
        if (!cuts.has(state)) cuts.set(state, { at: titleOf(request), isWrite: request.write, world: fork(world) })
      },
    }
    const world = fork(start)
    const run = await inSandbox(world, options, sandbox => runInProcess(sandbox, inputs))
    if (run.exitCode !== 0) throw new Error(`The run that was to be cut fails by itself:\n${run.log}`)
    ends.add(JSON.stringify(comparable(world)))
  }
  const [end, ...others] = ends
  if (others.length > 0) throw new Error('Where a run ends depends on the order of its writes')
  return { end: JSON.parse(end!), cuts: [...cuts.values()].filter(cut => cut !== undefined) }
}

/** Runs the step again in the world that a cut left, and then asks for its plan once more. */
export function recover(world: World, { keyring, inputs }: Journey) {
  return inSandbox(fork(world), { keyring }, async sandbox => {
    const run = await runInProcess(sandbox, inputs)
    const plan = await runInProcess(sandbox, { ...inputs, 'dry-run': 'true' })
    return { exitCode: run.exitCode, log: run.log, end: comparable(sandbox.world), stillPlanned: plan.outputs.changes }
  })
}

/** Waits until a sandbox has carried out what a killed process had still sent. */
export async function settled(sandbox: Sandbox): Promise<void> {
  do await pause(20)
  while (!sandbox.isIdle())
}

/** Resources that are in a state which no cut knows. */
export const unforeseen = (left: World, start: World, { cuts }: Uncut): string[] => {
  const foreseen = [start, ...cuts.map(({ world }) => world)].map(comparable)
  return Object.entries(comparable(left))
    .filter(([name, resource]) => !foreseen.some(resources => isDeepStrictEqual(resources[name], resource)))
    .map(([name]) => name)
}

/** The kind and name of what a request is about: `PATCH deployments/argocd-server`. */
export const titleOf = ({ method, path }: LoggedRequest): string => {
  const [kind, name = ''] = path.split('/').slice(-2)
  return `${method} ${kind}/${name.replace(/^[\da-f-]{36}$/, '…')}`
}

/** What a later run can tell from another state: the resources, and how far operations and rollouts are. */
function stateOf(world: World): string {
  const polls = Object.values(world.operations).map(({ pollsLeft, status }) => [pollsLeft, status])
  const rollouts = Object.values(world.clusters).map(({ kubernetes }) => kubernetes.rollouts)
  return JSON.stringify([comparable(world), polls, rollouts])
}

/** Milliseconds that the write of a resource is held up, in one of the orders; the first order holds up nothing. */
const delayOf = (order: number, path: string): number =>
  order === 0 ? 0 : 15 * (createHash('sha256').update(`${order} ${path}`).digest()[0]! % 3)
