import * as core from '@actions/core'
import { connectAzure } from './azure/azure.ts'
import { credential } from './azure/credential.ts'
import { explain, explainBroken } from './explain.ts'
import { hubMode, hubOutputs } from './hub/mode.ts'
import { permanentForm } from './hub/permanent-form.ts'
import { type HubInputs, readInputs, type TargetInputs } from './inputs.ts'
import { connectThrough } from './kubernetes/connect.ts'
import { type Run, reconcile } from './reconcile.ts'
import { setOutputs } from './report/outputs.ts'
import { foldedForm } from './report/permanent-form.ts'
import { jobLog, type Report } from './report/report.ts'
import { noSecrets, type Secrets } from './report/secrets.ts'
import { writeSummary } from './report/summary.ts'
import type { Surroundings } from './surroundings.ts'
import { onboardOne } from './target/fleet.ts'
import { targetOutputs } from './target/mode.ts'

/** The whole action, from the runner's environment to its outputs. The only place that fails the step. */
export async function main(): Promise<void> {
  try {
    const inputs = readInputs(process.env)
    const { hubCluster } = inputs
    core.info(signingIn(inputs))
    const secrets = noSecrets()
    const around = surroundings(inputs, secrets)
    if (inputs.mode === 'hub') {
      const title = `Hub ${hubCluster.name}`
      const mode = hubMode(inputs, around)
      await run(
        title,
        inputs,
        secrets,
        report => reconcile(mode, inputs, report),
        done => hubOutputs(inputs, done),
        done => foldedForm(permanentForm(inputs, done)),
      )
    } else {
      const title = `Target ${inputs.targetCluster.name} on hub ${hubCluster.name}`
      const carryOut = (report: Report) => onboardOne(inputs, around, report)
      await run(title, inputs, secrets, carryOut, done => targetOutputs(inputs, done, around))
    }
  } catch (error) {
    fail(error)
  }
}

async function run<Seen>(
  title: string,
  inputs: HubInputs | TargetInputs,
  secrets: Secrets,
  carryOut: (report: Report) => Promise<Run<Seen>>,
  outputs: (run: Run<Seen>) => Record<string, unknown>,
  appendix: (run: Run<Seen>) => string = () => '',
): Promise<void> {
  const report = jobLog(title, secrets)
  const stopListening = reportWhenInterrupted(report)
  try {
    const done = await carryOut(report)
    setOutputs(done, outputs(done))
    await writeSummary(title, done, inputs, appendix(done))
    if (done.failure) throw done.failure
    if (done.verified === 'failed') core.setFailed(explainBroken(done.links))
  } finally {
    stopListening()
  }
}

function surroundings({ login, cloud, dryRun }: HubInputs | TargetInputs, { mask }: Secrets): Surroundings {
  const runner = { idToken: core.getIDToken, mask }
  const azure = connectAzure(credential(login, cloud, runner), cloud)
  return { azure, cloud, runner, connect: connectThrough(azure, !dryRun, core.info), onProgress: core.info }
}

function signingIn({ login, cloud }: HubInputs | TargetInputs): string {
  const ways = {
    github: 'GitHub OIDC',
    'workload-identity': 'workload identity',
    'managed-identity': 'managed identity',
    'azure-cli': 'the Azure CLI',
  }
  return `Signing in by ${ways[login.kind]}${cloud.name === 'azurecloud' ? '' : ` to ${cloud.name}`}: ${login.why}`
}

/** A cancelled job is told what it leaves behind; the signal then does what it came for. */
function reportWhenInterrupted(report: Report): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    core.error(`Interrupted by ${signal}: ${report.soFar()}. A new run goes on from here.`)
    stopListening()
    process.kill(process.pid, signal)
  }
  const stopListening = () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return stopListening
}

function fail(error: unknown): void {
  if (error instanceof Error && error.stack) core.debug(error.stack)
  core.setFailed(explain(error))
}
