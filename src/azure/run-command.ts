import { Failure } from '../failure.ts'
import { COMMAND } from '../kubernetes/run-command-script.ts'
import type { ArmClients } from './clients.ts'
import type { ManagedClusterId } from './resource-id.ts'

/** A pod has to be scheduled and started for each command. */
const RUN_COMMAND_INTERVAL = 3_000
const RUN_COMMAND_DEADLINE = 10 * 60_000

/** ARM's run-command: runs the script of a zip, base64, in the cluster, and returns what it printed. */
export function runCommand({ containers }: ArmClients, kubernetesToken: () => Promise<string>) {
  return async (id: ManagedClusterId, usesEntra: boolean, context: string): Promise<string> => {
    const request = {
      command: COMMAND,
      context,
      ...(usesEntra ? { clusterToken: await kubernetesToken() } : {}),
    }
    // It is repeated after a network error, which its script allows: it only reads, and applies what it applies again.
    const {
      provisioningState,
      exitCode,
      reason,
      logs = '',
    } = await containers(id.subscriptionId).managedClusters.runCommand(id.resourceGroup, id.name, request, {
      updateIntervalInMs: RUN_COMMAND_INTERVAL,
      abortSignal: AbortSignal.timeout(RUN_COMMAND_DEADLINE),
    })
    if (!/^succeeded$/i.test(provisioningState ?? '')) throw failed(id, reason ?? `it is ${provisioningState}`)
    if (exitCode !== 0) throw failed(id, `its script ended with ${exitCode}: ${logs.slice(-500)}`)
    return logs
  }
}

const failed = ({ name }: ManagedClusterId, why: string) =>
  new Failure({
    what: `The run-command on ${name} failed`,
    why,
    remedy:
      'Look at the events of namespace aks-command and at the room on the nodes (200m CPU, 500 MiB a command), and run again',
  })
