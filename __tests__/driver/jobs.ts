import * as core from '@actions/core'
import { inputVariables } from '../../sandbox/runner/step.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { connectAzure } from '../../src/azure/azure.ts'
import { credential } from '../../src/azure/credential.ts'
import { explain, explainBroken } from '../../src/explain.ts'
import { hubMode } from '../../src/hub/mode.ts'
import { type HubInputs, readInputs, type TargetInputs } from '../../src/inputs.ts'
import { connectThrough } from '../../src/kubernetes/connect.ts'
import { type Run, reconcile } from '../../src/reconcile.ts'
import type { Report } from '../../src/report/report.ts'
import type { Surroundings } from '../../src/surroundings.ts'
import { onboardOne } from '../../src/target/fleet.ts'
import { inThisProcess } from './run-in-process.ts'

/**
 * Runs jobs side by side in this process, each with an Azure and a login of its own as if it had a runner to itself, and returns what each
 * of them failed with; empty where it went well.
 */
export async function runJobs(sandbox: Sandbox, jobs: Record<string, string>[]): Promise<string[]> {
  let failures: string[] = []
  await inThisProcess(sandbox, sandbox.environment, async () => {
    failures = await Promise.all(jobs.map(job => runJob({ ...sandbox.environment, ...inputVariables(job) })))
  })
  return failures
}

async function runJob(environment: Record<string, string>): Promise<string> {
  try {
    const inputs = readInputs(environment) as HubInputs | TargetInputs
    const run = await carryOut(inputs, surroundings(inputs))
    if (run.failure) throw run.failure
    return run.verified === 'failed' ? explainBroken(run.links) : ''
  } catch (error) {
    return explain(error)
  }
}

const carryOut = (inputs: HubInputs | TargetInputs, around: Surroundings): Promise<Run<unknown>> =>
  inputs.mode === 'hub' ? reconcile(hubMode(inputs, around), inputs, silent) : onboardOne(inputs, around, silent)

function surroundings({ login, cloud }: HubInputs | TargetInputs): Surroundings {
  const runner = { idToken: core.getIDToken, mask() {} }
  const azure = connectAzure(credential(login, cloud, runner), cloud)
  return { azure, cloud, runner, connect: connectThrough(azure, true, () => {}), onProgress() {} }
}

const silent: Report = {
  soFar: () => '',
  observing: observe => observe(),
  plan() {},
  lacking() {},
  begun() {},
  outcome() {},
  progress() {},
  proving: prove => prove(),
}
