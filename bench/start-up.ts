import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inputVariables } from '../sandbox/runner/step.ts'
import { table } from './table.ts'

const dist = join(import.meta.dirname, '../dist')
const ROUNDS = 21

/** How large the bundle is, and how long it takes to say its first word beside a Node program that does nothing. */
export async function startUp(): Promise<string> {
  const nothing: number[] = []
  const action: number[] = []
  // In turn, so that whatever else the machine does is felt by both.
  for (let round = 0; round < ROUNDS; round++) {
    nothing.push(await timeTo('close', ['--eval', '']))
    action.push(await timeTo('first line', [join(dist, 'index.js')]))
  }
  const ratio = median(action) / median(nothing)
  return table(
    ['bundle', ''],
    [
      ['size of dist', `${((await sizeOf(dist)) / 1e6).toFixed(2)} MB`],
      ['an empty Node program, start to end', `${median(nothing).toFixed(0)} ms`],
      ['the action, start to first line of its log', `${median(action).toFixed(0)} ms (${ratio.toFixed(1)} x)`],
    ],
  )
}

const id = '00000000-0000-0000-0000-000000000000'
const inputs = { mode: 'hub', 'hub-cluster': 'rg/hub', 'tenant-id': id, 'client-id': id, 'subscription-id': id }

/** The first line comes before any request, so that nothing has to be there to be asked. */
async function timeTo(what: 'close' | 'first line', parameters: string[]): Promise<number> {
  const start = performance.now()
  const env = {
    ...inputVariables(inputs),
    ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9/',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: '-',
  }
  const program = spawn(process.execPath, parameters, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const closed = once(program, 'close')
  await (what === 'close' ? closed : once(program.stdout, 'data'))
  const time = performance.now() - start
  program.kill()
  program.stdout.resume()
  await closed
  return time
}

const median = (times: number[]): number => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)]!

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder)
  const sizes = await Promise.all(files.map(async file => (await stat(join(folder, file))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
