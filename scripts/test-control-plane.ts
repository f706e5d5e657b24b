/**
 * Runs the scenarios and the conformance tests once more, with a real kube-apiserver behind every cluster of the sandbox.
 * Takes the programs from KUBEBUILDER_ASSETS, or builds them (control-plane/README.md).
 */
import { execFileSync } from 'node:child_process'
import { startVitest } from 'vitest/node'

process.env.KUBEBUILDER_ASSETS ??= execFileSync(process.execPath, ['control-plane/build.ts'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
}).trim()

const vitest = await startVitest('test', ['__tests__/scenarios', '__tests__/conformance'], { run: true })
const tests = vitest.state.getTestModules().flatMap(module => [...module.children.allTests()])
await vitest.close()

if (!tests.some(test => test.result().state === 'passed')) {
  console.error('no test ran on the control plane')
  process.exitCode = 1
}
