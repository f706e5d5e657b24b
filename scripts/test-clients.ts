/**
 * Holds the sandbox to real clients, and the action to what they find: builds those that are missing (clients/README.md), and the control plane
 * (control-plane/README.md), puts them on PATH, and runs the tests that need them.
 */
import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { startVitest } from 'vitest/node'

/** The folders that a build script prints; where it fails, it has said why. */
function built(script: string): string {
  const { status, stdout } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) process.exit(1)
  return stdout.trim()
}

process.env.KUBEBUILDER_ASSETS ??= built('control-plane/build.ts')
process.env.PATH = [built('clients/build.ts'), process.env.KUBEBUILDER_ASSETS, process.env.PATH].join(delimiter)

const names = process.argv.slice(2)
const tests = { include: ['__tests__/clients/**/*.test.ts'], exclude: [], testTimeout: 180_000, hookTimeout: 180_000 }
const vitest = await startVitest('test', names, { run: true, ...tests })
await vitest.close()
