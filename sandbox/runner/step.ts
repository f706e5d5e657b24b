import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { LoggedRequest, Sandbox } from '../sandbox.ts'
import { jobLog } from './job-log.ts'

/** What a run of the action left for people and for later steps to see. */
export interface ActionRun extends Ending {
  /** The output as GitHub shows it. */
  log: string
  /** What the runner hides by itself: the token with which a job asks for ID tokens. */
  hidden: string[]
  outputs: Record<string, string>
  summary: string
  requests: LoggedRequest[]
  /** Files that the run left in its temporary folder. */
  leftBehind: { path: string; content: string }[]
}

/** How the program of a step ended. */
export interface Ending {
  exitCode: number | null
  signal: NodeJS.Signals | null
  /** Standard output and error as they were written. */
  raw: string
}

/** Starts the program of a step in an environment, and tells how it ended. */
export type Start = (environment: Record<string, string>) => Promise<Ending>

/**
 * Runs the action as a step of a job: with a folder of its own, command files, and an environment of nothing but what a runner sets
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#environment-files).
 * `environment` goes over that; undefined takes a variable away.
 */
export async function runStep(
  sandbox: Sandbox | undefined,
  inputs: Record<string, string>,
  environment: Record<string, string | undefined>,
  start: Start,
): Promise<ActionRun> {
  const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-run-'))
  const temporary = join(folder, 'temporary')
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') }
  const before = sandbox?.requests.length ?? 0
  try {
    await Promise.all([mkdir(temporary), ...Object.values(files).map(file => writeFile(file, ''))])
    const variables = defined({
      PATH: dirname(process.execPath),
      HOME: temporary,
      RUNNER_TEMP: temporary,
      TMPDIR: temporary,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ...files,
      ...sandbox?.environment,
      ...inputVariables(inputs),
      ...environment,
    })
    const hidden = [variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN].filter(token => token !== undefined)
    const ending = await start(variables)
    const [outputs, summary] = await Promise.all(Object.values(files).map(file => readFile(file, 'utf8')))
    return {
      ...ending,
      hidden,
      log: jobLog(ending.raw, hidden),
      outputs: commandFile(outputs!),
      summary: summary!,
      requests: sandbox?.requests.slice(before) ?? [],
      leftBehind: await filesIn(temporary),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The variables in which the runner hands inputs over. */
export const inputVariables = (inputs: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))

/** Parses the `name<<delimiter` blocks of GITHUB_OUTPUT. */
export const commandFile = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gm)].map(([, name = '', , value = '']) => [name, value]),
  )

const defined = (variables: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined))

async function filesIn(folder: string): Promise<ActionRun['leftBehind']> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .map(async file => ({ path: relative(folder, file), content: await readFile(file, 'utf8') })),
  )
}
