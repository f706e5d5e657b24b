import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoggedRequest, Sandbox } from '../../sandbox/sandbox.ts'
import { jobLog } from './job-log.ts'

/** What a run of the action left for people and for later steps to see. */
export interface ActionRun {
  exitCode: number | null
  signal: NodeJS.Signals | null
  /** Standard output and error as the process wrote them. */
  raw: string
  /** The same as GitHub shows it. */
  log: string
  outputs: Record<string, string>
  summary: string
  requests: LoggedRequest[]
  /** Files that the run left in its temporary folder. */
  leftBehind: string[]
}

export interface RunOptions {
  /** Set over what a runner sets; undefined takes a variable away. */
  environment?: Record<string, string | undefined>
  /** Called with the process as soon as it runs: the way to kill it. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void
}

const dist = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const preload = fileURLToPath(new URL('preload.mjs', import.meta.url))

/** Runs the committed `dist/index.js` as the runner does: its own process, INPUT_*, command files, and nothing else of this machine. */
export async function runAction(
  sandbox: Sandbox | undefined,
  inputs: Record<string, string>,
  { environment = {}, onStart }: RunOptions = {},
): Promise<ActionRun> {
  const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-run-'))
  const outputFile = join(folder, 'output')
  const summaryFile = join(folder, 'summary')
  const before = sandbox?.requests.length ?? 0
  try {
    await Promise.all([writeFile(outputFile, ''), writeFile(summaryFile, '')])
    const env = {
      PATH: dirname(process.execPath),
      HOME: folder,
      RUNNER_TEMP: folder,
      TMPDIR: folder,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      NODE_OPTIONS: `--import ${preload}`,
      ...sandbox?.environment,
      ...inputVariables(inputs),
      ...environment,
    }
    const { exitCode, signal, raw } = await child(env, onStart)
    const [outputs, summary, files] = await Promise.all([
      readFile(outputFile, 'utf8'),
      readFile(summaryFile, 'utf8'),
      readdir(folder),
    ])
    return {
      exitCode,
      signal,
      raw,
      log: jobLog(raw),
      outputs: commandFile(outputs),
      summary,
      requests: sandbox?.requests.slice(before) ?? [],
      leftBehind: files.filter(file => file !== 'output' && file !== 'summary'),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The variables in which the runner hands inputs over. */
export const inputVariables = (inputs: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))

function child(
  env: NodeJS.ProcessEnv,
  onStart: RunOptions['onStart'],
): Promise<Pick<ActionRun, 'exitCode' | 'signal' | 'raw'>> {
  return new Promise((resolve, reject) => {
    const action = spawn(process.execPath, [dist], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let raw = ''
    const append = (text: Buffer) => {
      raw += text
    }
    action.stdout.on('data', append)
    action.stderr.on('data', append)
    action.on('error', reject)
    action.on('close', (exitCode, signal) => resolve({ exitCode, signal, raw }))
    onStart?.(signal => action.kill(signal))
  })
}

/** Parses the `name<<delimiter` blocks of GITHUB_OUTPUT. */
export const commandFile = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gm)].map(([, name = '', , value = '']) => [name, value]),
  )
