import { unzipSync } from 'fflate'
import type { SandboxResponse } from '../exchange.ts'
import { type AksCluster, now, type RunCommand, type RunCommandBehaviour, uuid, type World } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { aksError, armError, badRequest } from './errors.ts'
import { clusterNotFound } from './managed-clusters.ts'
import { keyOf } from './resource-id.ts'
import type { Call, Route } from './route.ts'

const cluster =
  '/subscriptions/:subscription/resourceGroups/:resourceGroup/providers/Microsoft.ContainerService/managedClusters/:name'
const action = 'Microsoft.ContainerService/managedClusters'

/** Commands in a cluster by way of ARM, `az aks command invoke`: https://learn.microsoft.com/rest/api/aks/managed-clusters/run-command */
export const runCommandRoutes: Route[] = [
  {
    method: 'POST',
    path: `${cluster}/runCommand`,
    action: `${action}/runcommand/action`,
    apiVersions: apiVersions.containerService,
    answer: runCommand,
  },
  {
    method: 'GET',
    path: `${cluster}/commandResults/:command`,
    action: `${action}/commandResults/read`,
    apiVersions: apiVersions.containerService,
    answer: commandResult,
  },
]

/** The command is carried out before this is answered; that it takes time shows in the polls. */
async function runCommand(call: Call): Promise<SandboxResponse> {
  const { world, body, path, parameters } = call
  const cluster = world.clusters[keyOf(path.slice(0, path.lastIndexOf('/')))]
  if (!cluster) return clusterNotFound(parameters)

  const { aadProfile, apiServerAccessProfile } = cluster.arm.properties
  const { command, context = '', clusterToken = '' } = body as Record<string, string | undefined>
  // Azure documents the switch, and not what it answers then.
  if (apiServerAccessProfile?.disableRunCommand) return badRequest('Run command is disabled for this cluster.')
  if (!command) return badRequest('.command is required.')
  if (aadProfile && !clusterToken) return missingClusterToken()
  const files = unzipped(context)
  if (!files) return badRequest('.context is not a zip file in base64.')

  const id = uuid(world).replaceAll('-', '')
  const behaviour = cluster.runCommand ?? 'works'
  const refusal = refusalBy(behaviour, id)
  if (refusal) return refusal

  const startedAt = timestamp(world)
  const { wrote, ...ended } =
    behaviour === 'works'
      ? await call.runInPod(cluster, { command, files, clusterToken: aadProfile ? clusterToken : undefined })
      : { wrote: false }
  if (behaviour !== 'outcome is lost') {
    world.commands[id] = {
      cluster: cluster.arm.id,
      command,
      pollsLeft: behaviour === 'never ends' ? 'endless' : world.delays.runCommand,
      outcome: {
        provisioningState: behaviour === 'image pull fails' ? 'Failed' : 'Succeeded',
        ...ended,
        startedAt,
        finishedAt: timestamp(world),
        ...(behaviour === 'image pull fails' && { reason: 'ImagePullBackoff' }),
      },
    }
  }
  return { status: 202, headers: { location: resultUrl(call, cluster, id) }, body: '', write: wrote }
}

function commandResult(call: Call): SandboxResponse {
  const { world, path, parameters } = call
  const cluster = world.clusters[keyOf(path.split('/').slice(0, -2).join('/'))]
  if (!cluster) return clusterNotFound(parameters)
  const id = parameters.command!
  const command = world.commands[id]
  if (command?.cluster !== cluster.arm.id) return armError(404, 'NotFound', `The command result '${id}' was not found.`)
  if (isRunning(command)) {
    const headers = { location: resultUrl(call, cluster, id) }
    return { status: 202, headers, body: { id, properties: { provisioningState: 'Running' } } }
  }
  return { status: 200, body: { id, properties: command.outcome } }
}

/** Whether a poll finds the command still running; it counts as one of those that it takes. */
function isRunning(command: RunCommand): boolean {
  if (command.pollsLeft === 'endless') return true
  if (command.pollsLeft === 0) return false
  command.pollsLeft -= 1
  return true
}

/** The URL to ask for the outcome; it names the api-version that the command was sent under. */
const resultUrl = ({ request }: Call, { arm }: AksCluster, id: string): string =>
  `https://${request.host}${arm.id}/commandResults/${id}?api-version=${request.query.get('api-version')}`

/** The files of a zip in base64, none where nothing was sent; undefined where it is no zip, or would write outside of its folder. */
function unzipped(context: string): Record<string, Uint8Array> | undefined {
  if (!context) return {}
  try {
    const files = unzipSync(Buffer.from(context, 'base64'))
    const leavesFolder = Object.keys(files).some(name => name.startsWith('/') || name.split('/').includes('..'))
    return leavesFolder ? undefined : files
  } catch {
    return undefined
  }
}

/** https://github.com/Azure/azure-rest-api-specs/issues/22480 */
const missingClusterToken = (): SandboxResponse =>
  aksError(
    400,
    'MissingAADClusterToken',
    'This cluster have Azure Active Directory enabled, .clusterToken is required.',
  )

/**
 * What is answered where the pod does not come to run, in the words that people report. Which status goes with them is reported nowhere.
 * https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/resolve-az-aks-command-invoke-failures
 */
function refusalBy(behaviour: RunCommandBehaviour, id: string): SandboxResponse | undefined {
  if (behaviour === 'pod does not start') {
    return aksError(
      400,
      'KubernetesOperationError',
      `Failed to run command due to cluster perf issue, container command-${id} in aks-command namespace did not start within 30s on your cluster, retry may helps. If issue persist, you may need to tune your cluster with better performance (larger node/paid tier).`,
    )
  }
  if (behaviour === 'no room for the pod') {
    return aksError(
      400,
      'KubernetesPerformanceError',
      'Pod is not schedulable: Insufficient resources for the RunCommand pod. Consider adjusting AutoScaler settings or manually scaling the cluster.',
    )
  }
  if (behaviour === 'pod is denied by policy') {
    return aksError(
      400,
      'KubernetesOperationError',
      `Failed to run command in managed cluster due to kubernetes failure. details: admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-readonlyrootfilesystem] only read-only root filesystem container is allowed: user-command`,
    )
  }
  return undefined
}

/** Seconds are the finest that ARM tells of a command. */
const timestamp = (world: World): string => `${new Date(now(world)).toISOString().slice(0, 19)}Z`
