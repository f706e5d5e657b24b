/**
 * Tests the action without a proxy: as most runners reach Azure, by name and port 443, in a network of its own where the names lead to a sandbox.
 * Where the system allows no such network the tests are skipped, which `--required` makes a failure.
 */
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'
import { runInOwnNetwork } from './own-network.ts'

const { OWN_HOSTS_FILE: ownHostsFile } = process.env
const { values } = parseArgs({ options: { required: { type: 'boolean', default: false } } })

if (ownHostsFile) await runTests()
else {
  const exitCode = runInOwnNetwork([process.execPath, import.meta.filename])
  if (exitCode === undefined) {
    console.log('skipped: the tests without a proxy take a network namespace, which this system does not allow')
  }
  process.exitCode = exitCode ?? (values.required ? 1 : 0)
}

/** One file after the other: there is one port 443. */
async function runTests(): Promise<void> {
  const stories = ['hub/fresh', 'target/fresh', 'run-command/auto'].map(name => `__tests__/scenarios/${name}.test.ts`)
  const include = [...stories, '__tests__/no-proxy/*.test.ts']
  const vitest = await startVitest('test', [], { run: true, include, exclude: [], fileParallelism: false })
  await vitest.close()
}
