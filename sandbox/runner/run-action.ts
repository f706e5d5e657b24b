import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '../sandbox.ts'
import { type ActionRun, type Ending, runStep } from './step.ts'

/** What a run may be given beside its inputs. */
export interface RunOptions {
  /** Set over what a runner sets; undefined takes a variable away. */
  environment?: Record<string, string | undefined>
  /** Whether the action waits when it waits; otherwise its clock jumps. The clock of the sandbox does not jump along. */
  waits?: boolean
  /** Modules that are loaded before the action, by URL. */
  preload?: string[]
  /** Called with the process as soon as it runs: the way to kill it. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void
}

const dist = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const noWaiting = new URL('no-waiting.mjs', import.meta.url).href
const proxyOnly = new URL('proxy-only.mjs', import.meta.url).href

/** Runs the committed `dist/index.js` as the runner does: its own process, INPUT_*, command files, and nothing else of this machine. */
export const runAction = (
  sandbox: Sandbox | undefined,
  inputs: Record<string, string>,
  { environment = {}, onStart, ...loaded }: RunOptions = {},
): Promise<ActionRun> =>
  runStep(sandbox, inputs, { NODE_OPTIONS: nodeOptions(sandbox, loaded), ...environment }, env => child(env, onStart))

/** A sandbox without a proxy is reached by name, in a network that holds nothing else. */
const nodeOptions = (sandbox: Sandbox | undefined, { waits = false, preload = [] }: RunOptions): string => {
  const isReachedByName = sandbox && !sandbox.environment.HTTPS_PROXY
  const modules = [...(waits ? [] : [noWaiting]), ...(isReachedByName ? [] : [proxyOnly]), ...preload]
  return modules.map(module => `--import ${module}`).join(' ')
}

/** Like the runner it takes standard output and error line by line, so that a line of the one never ends up within a line of the other. */
async function child(env: NodeJS.ProcessEnv, onStart: RunOptions['onStart']): Promise<Ending> {
  const action = spawn(process.execPath, [dist], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let raw = ''
  const streams = [action.stdout, action.stderr].map(input =>
    createInterface({ input }).on('line', line => {
      raw += `${line}\n`
    }),
  )
  onStart?.(signal => action.kill(signal))
  const [[exitCode, signal]] = await Promise.all([
    once(action, 'close'),
    ...streams.map(stream => once(stream, 'close')),
  ])
  return { exitCode, signal, raw }
}
