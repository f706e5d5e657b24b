/**
 * Runs the scenarios, the conformance tests, the installations and the twenty jobs on one hub again, now with a real kube-apiserver behind
 * every cluster of the sandbox. Takes the programs from KUBEBUILDER_ASSETS, or builds them (control-plane/README.md).
 */
import { execFileSync } from 'node:child_process'
import { startVitest } from 'vitest/node'

process.env.KUBEBUILDER_ASSETS ??= execFileSync(process.execPath, ['control-plane/build.ts'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
}).trim()

const folders = ['scenarios', 'conformance', 'installations', 'jobs-at-once/twenty-jobs'].map(
  name => `__tests__/${name}`,
)
const vitest = await startVitest('test', folders, { run: true })
const tests = vitest.state.getTestModules().flatMap(module => [...module.children.allTests()])
await vitest.close()

if (!tests.some(test => test.result().state === 'passed')) {
  console.error('no test ran on the control plane')
  process.exitCode = 1
}
