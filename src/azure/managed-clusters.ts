import type { ManagedCluster as ManagedClusterModel } from '@azure/arm-containerservice'
import { isRestError } from '@azure/core-rest-pipeline'
import { Conflict, Failure } from '../failure.ts'
import type { AzurePut } from '../plan.ts'
import type { ListedCluster, ManagedCluster } from './azure.ts'
import { type ArmClients, found } from './clients.ts'
import { isConflict } from './conflict.ts'
import type { ManagedClusterId, ResourceId } from './resource-id.ts'

/** How often a running operation is asked for; the service sends no Retry-After. */
const POLL_INTERVAL = 10_000
/** How long a cluster update may take: enabling the issuer takes minutes, an upgrade in front of it up to an hour. */
const OPERATION_DEADLINE = 60 * 60_000
/** `Updating`, `Upgrading`, `Starting` and their like: an operation runs, and a PUT would be refused with 409. */
const IN_MOTION = /ing$/

/** AKS clusters as resources of ARM. */
export function managedClusters({ containers }: ArmClients) {
  const clusters = (subscription: string) => containers(subscription).managedClusters

  async function get(id: ManagedClusterId): Promise<ManagedCluster | undefined> {
    const model = await found(clusters(id.subscriptionId).get(id.resourceGroup, id.name))
    return model && managedClusterOf(model)
  }

  async function settled(id: ManagedClusterId, onProgress: (progress: string) => void): Promise<void> {
    const tell = byTheMinute(onProgress)
    const end = Date.now() + OPERATION_DEADLINE
    for (;;) {
      const underWay = (await get(id))?.underWay
      if (!underWay) return
      if (Date.now() > end) throw unfinished(id, underWay)
      tell(`waits for the end of another operation: ${underWay}`)
      await pause(POLL_INTERVAL)
    }
  }

  async function update({ id, body, ifMatch }: AzurePut, onProgress: (progress: string) => void) {
    const tell = byTheMinute(onProgress)
    const poller = clusters(id.subscriptionId).createOrUpdate(id.resourceGroup, id.name, body as ManagedClusterModel, {
      ...(ifMatch ? { ifMatch } : {}),
      updateIntervalInMs: POLL_INTERVAL,
      abortSignal: AbortSignal.timeout(OPERATION_DEADLINE),
    })
    poller.onProgress(() => tell('Azure updates it, which takes some minutes'))
    try {
      return await poller
    } catch (error) {
      if (!(error instanceof Error) || isRestError(error)) throw error
      if (error.name === 'AbortError') throw unfinished(id, 'Updating')
      throw failed(id, error)
    }
  }

  return {
    get,
    /** Those of a subscription whose tags are wanted; of all others nothing is kept. */
    async list(subscription: string, isWanted: (tags: Record<string, string>) => boolean): Promise<ListedCluster[]> {
      const found: ListedCluster[] = []
      for await (const model of clusters(subscription).list()) {
        if (!isWanted(model.tags ?? {})) continue
        const { model: _, ...cluster } = managedClusterOf(model)
        found.push(cluster)
      }
      return found
    },
    async userKubeconfig(
      { subscriptionId, resourceGroup, name }: ManagedClusterId,
      serverFqdn?: 'public',
    ): Promise<string> {
      const { kubeconfigs } = await clusters(subscriptionId).listClusterUserCredentials(resourceGroup, name, {
        format: 'exec',
        ...(serverFqdn && { serverFqdn }),
      })
      return Buffer.from(kubeconfigs?.[0]?.value ?? '').toString()
    },
    /** Where another operation runs, its end is waited for: what was planned before it is to be planned again. */
    async put(write: AzurePut, onProgress: (progress: string) => void): Promise<ManagedCluster> {
      const id = write.id as ManagedClusterId
      if (write.busy) {
        await settled(id, onProgress)
        throw new Conflict(`another operation on ${id.name} has just ended`)
      }
      try {
        return managedClusterOf(await update(write, onProgress))
      } catch (error) {
        if (isConflict(error) && error.statusCode === 409) {
          // Not every operation that AKS speaks of shows in the cluster's state, so one interval at least is waited.
          onProgress(error.message)
          await pause(POLL_INTERVAL)
          await settled(id, onProgress)
        }
        throw error
      }
    },
  }
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

/** Says a thing at once, and then once a minute for how long it has been so. */
function byTheMinute(onProgress: (progress: string) => void): (progress: string) => void {
  const start = Date.now()
  let told = -1
  return progress => {
    const minutes = Math.floor((Date.now() - start) / 60_000)
    if (minutes > told) onProgress(minutes === 0 ? progress : `${progress} (for ${minutes} min now)`)
    told = minutes
  }
}

const unfinished = ({ name, resourceGroup }: ResourceId, underWay: string) =>
  new Failure({
    what: `AKS cluster ${name} could not be updated within an hour`,
    why: `an operation on it does not end (${underWay})`,
    remedy: `Wait until az aks show --resource-group ${resourceGroup} --name ${name} --query provisioningState says Succeeded, and run again`,
  })

/** A failed operation comes as an error without code: https://github.com/Azure/azure-sdk-for-js/blob/main/sdk/core/core-lro/src/poller/operation.ts */
const failed = ({ name, resourceGroup }: ResourceId, error: Error) =>
  new Failure(
    {
      what: `The update of AKS cluster ${name} failed`,
      why: error.message.replace(/^The long-running operation has failed\.?\s*/, '') || 'Azure gives no reason',
      remedy: `Mend what it names and run again, whereupon AKS tries all of it again; az aks show --resource-group ${resourceGroup} --name ${name} shows its state`,
    },
    error,
  )

/** A cluster of ARM's as far as the action looks at it. */
export function managedClusterOf(model: ManagedClusterModel): ManagedCluster {
  const { oidcIssuerProfile: issuer, aadProfile: entra } = model
  return {
    id: model.id ?? '',
    name: model.name ?? '',
    location: model.location,
    tags: model.tags ?? {},
    etag: model.eTag,
    provisioningState: model.provisioningState ?? '',
    ...underWay(model),
    powerState: model.powerState?.code ?? '',
    issuerUrl: issuer?.enabled ? issuer.issuerURL : undefined,
    workloadIdentity: model.securityProfile?.workloadIdentity?.enabled ?? false,
    runCommandDisabled: model.apiServerAccessProfile?.disableRunCommand ?? false,
    entra: entra && { tenantId: entra.tenantID, azureRbac: entra.enableAzureRbac ?? false },
    privateFqdn: model.privateFqdn,
    publicFqdn: model.fqdn,
    model,
  }
}

function underWay({ provisioningState = '', agentPoolProfiles = [] }: ManagedClusterModel): { underWay?: string } {
  if (IN_MOTION.test(provisioningState)) return { underWay: provisioningState }
  const pool = agentPoolProfiles.find(({ provisioningState = '' }) => IN_MOTION.test(provisioningState))
  return pool ? { underWay: `agent pool ${pool.name} - ${pool.provisioningState}` } : {}
}
