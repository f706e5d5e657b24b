import { setFlagsFromString } from 'node:v8'
import * as core from '@actions/core'
import { connectAzure } from './azure/azure.ts'
import { credential } from './azure/credential.ts'
import { explain, explainBroken, explainFailures } from './explain.ts'
import { hubMode, hubOutputs } from './hub/mode.ts'
import { permanentForm } from './hub/permanent-form.ts'
import { type FleetInputs, type HubInputs, readInputs, type TargetInputs } from './inputs.ts'
import { connectThrough } from './kubernetes/connect.ts'
import { type Run, reconcile } from './reconcile.ts'
import { reportDiscovery } from './report/discovery.ts'
import { fleetLog } from './report/fleet-log.ts'
import { setFleetOutputs } from './report/fleet-outputs.ts'
import { writeFleetSummary } from './report/fleet-summary.ts'
import { setOutputs } from './report/outputs.ts'
import { foldedForm } from './report/permanent-form.ts'
import { jobLog, type Report } from './report/report.ts'
import { noSecrets, type Secrets } from './report/secrets.ts'
import { writeSummary } from './report/summary.ts'
import { resultOf } from './report/target-result.ts'
import { selectedClusters } from './selection.ts'
import type { Surroundings } from './surroundings.ts'
import { membersOf, onboard, onboardOne } from './target/fleet.ts'
import { registeredAs, targetOutputs } from './target/mode.ts'

/** The whole action, from the runner's environment to its outputs. The only place that fails the step. */
export async function main(): Promise<void> {
  try {
    const inputs = readInputs(process.env)
    core.info(signingIn(inputs))
    const secrets = noSecrets()
    const around = surroundings(inputs, secrets)
    if (inputs.mode === 'discover') {
      await reportDiscovery(await selectedClusters(inputs, around.azure))
    } else if (inputs.mode === 'fleet') {
      await runFleet(inputs, secrets, around)
    } else if (inputs.mode === 'hub') {
      const title = `Hub ${inputs.hubCluster.name}`
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
      const title = `Target ${inputs.targetCluster.name} on hub ${inputs.hubCluster.name}`
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

/** Many targets in one job: whatever becomes of one of them, the others are onboarded. */
async function runFleet(inputs: FleetInputs, secrets: Secrets, around: Surroundings): Promise<void> {
  // What is read for a target is garbage when it is done, of which V8 would let 200 MB pile up before it looks for any.
  setFlagsFromString('--optimize-for-size')
  const title = `Targets on hub ${inputs.hubCluster.name}`
  const log = fleetLog(secrets)
  const stopListening = reportWhenInterrupted(log)
  try {
    const members = await membersOf(inputs, around.azure)
    core.info(`${title}: ${members.length}, ${inputs.concurrency} at a time`)
    log.begin(members.length)
    const results = await onboard(
      members,
      inputs.concurrency,
      around,
      ({ reference }) => log.of(reference),
      ({ reference, inputs }, end) => {
        const registered = end.kind === 'ran' ? registeredAs(inputs, end.run, around) : undefined
        const result = resultOf(reference, end, registered, secrets.hide)
        log.done(result)
        return result
      },
    )
    setFleetOutputs(results)
    await writeFleetSummary(title, results, inputs)
    const failed = results.filter(({ outcome }) => outcome === 'failed')
    if (failed.length > 0)
      core.setFailed(
        explainFailures(
          failed.map(({ reference }) => reference),
          results.length,
        ),
      )
  } finally {
    stopListening()
  }
}

function surroundings(inputs: ReturnType<typeof readInputs>, { mask }: Secrets): Surroundings {
  const { login, cloud } = inputs
  const mayTurn = inputs.mode !== 'discover' && !inputs.dryRun
  const runner = { idToken: core.getIDToken, mask }
  const azure = connectAzure(credential(login, cloud, runner), cloud)
  return { azure, cloud, runner, connect: connectThrough(azure, mayTurn, core.info), onProgress: core.info }
}

function signingIn({ login, cloud }: ReturnType<typeof readInputs>): string {
  const ways = {
    github: 'GitHub OIDC',
    'workload-identity': 'workload identity',
    'managed-identity': 'managed identity',
    'azure-cli': 'the Azure CLI',
  }
  return `Signing in by ${ways[login.kind]}${cloud.name === 'azurecloud' ? '' : ` to ${cloud.name}`}: ${login.why}`
}

/** A cancelled job is told what it leaves behind; the signal then does what it came for. */
function reportWhenInterrupted(report: Pick<Report, 'soFar'>): () => void {
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
