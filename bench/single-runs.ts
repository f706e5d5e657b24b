import { runAction } from '../sandbox/runner/run-action.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { worlds } from '../sandbox/worlds/index.ts'
import { callerOf } from './fleet.ts'
import { table } from './table.ts'

/** What one hub and one target take, new and with nothing to do. */
export async function singleRuns(): Promise<string> {
  const sandbox = await startSandbox(worlds['first-light']!())
  const caller = callerOf(sandbox.world)
  const modes = { hub: { mode: 'hub' }, target: { mode: 'target', 'target-cluster': 'dev-rg/devworkloadaks1' } }
  const rows: string[][] = []
  try {
    for (const [what, verify] of [
      ['fresh', 'true'],
      ['nothing to do', 'false'],
      ['nothing to do', 'true'],
    ] as const) {
      for (const [name, mode] of Object.entries(modes)) {
        const { exitCode, requests } = await runAction(sandbox, { ...caller, ...mode, verify })
        const writes = requests.filter(({ write }) => write).length
        const title = `${name}, ${what}, verify: ${verify}`
        rows.push([title, String(exitCode), String(requests.length), String(writes)])
      }
    }
  } finally {
    await sandbox.stop()
  }
  return table(['run', 'exit code', 'requests', 'writes'], rows)
}
