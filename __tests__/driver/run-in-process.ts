import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { summary } from '@actions/core'
import { install as installSkippingClock } from '../../sandbox/runner/skipping-clock.mjs'
import { type ActionRun, type Ending, runStep } from '../../sandbox/runner/step.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { main } from '../../src/main.ts'

let isRunning = false

/**
 * Runs src in this process: what `runAction` does with dist in a process of its own, several times faster, for tests that run it often.
 * It takes environment, standard output, clock and trusted authorities of the whole process for itself: two runs must not overlap.
 * @throws Error where another run is under way
 */
export async function runInProcess(
  sandbox: Sandbox,
  inputs: Record<string, string>,
  { environment = {} }: { environment?: Record<string, string | undefined> } = {},
): Promise<ActionRun> {
  return runStep(sandbox, inputs, environment, variables => inThisProcess(sandbox, variables, main))
}

/** Lets `act` find this process as a runner would make it for a step. */
export async function inThisProcess(
  sandbox: Sandbox,
  variables: Record<string, string>,
  act: () => Promise<void>,
): Promise<Ending> {
  if (isRunning) throw new Error('Another run of the action is under way in this process')
  isRunning = true
  const output = captureOutput()
  const restore = [
    output.release,
    replaceEnvironment(variables),
    trustOnly(sandbox.keyring.rootCertificate),
    installSkippingClock(sandbox.isIdle),
  ]
  forgetSummaryFile()
  try {
    await act()
    return { exitCode: Number(process.exitCode ?? 0), signal: null, raw: output.text() }
  } finally {
    for (const putBack of restore.reverse()) putBack()
    isRunning = false
  }
}

/** Also takes over the exit code, by which a step fails. */
function replaceEnvironment(variables: Record<string, string>): () => void {
  const { env, exitCode } = process
  process.env = variables
  process.exitCode = undefined
  return () => {
    process.env = env
    process.exitCode = exitCode
  }
}

/** NODE_EXTRA_CA_CERTS is read when a process starts, and this one has started. */
function trustOnly(certificate: string): () => void {
  const before = getCACertificates('default')
  setDefaultCACertificates([certificate])
  return () => setDefaultCACertificates(before)
}

function captureOutput() {
  const { stdout, stderr } = process
  const write = { stdout: stdout.write, stderr: stderr.write }
  let text = ''
  const append = (chunk: string | Uint8Array): boolean => {
    text += chunk.toString()
    return true
  }
  stdout.write = append
  stderr.write = append
  return {
    text: () => text,
    release: () => {
      stdout.write = write.stdout
      stderr.write = write.stderr
    },
  }
}

/** The toolkit looks up the summary's file once in a process, and every run has another. */
const forgetSummaryFile = (): void => void Object.assign(summary, { _filePath: undefined })
