import type { ManagedCluster as ManagedClusterModel } from '@azure/arm-containerservice'
import { Conflict, Failure } from '../failure.ts'
import type { AzurePut } from '../plan.ts'
import type { ManagedCluster } from './azure.ts'
import { type ArmClients, found } from './clients.ts'
import type { ManagedClusterId, ResourceId } from './resource-id.ts'

/** How often a running operation is asked for; the service sends no Retry-After. */
const POLL_INTERVAL = 10_000
/** How long a cluster update may take: enabling the issuer takes minutes, an upgrade in front of it up to an hour. */
const OPERATION_DEADLINE = 60 * 60_000
const SETTLED = ['Succeeded', 'Failed', 'Canceled']

/** AKS clusters as resources of ARM. */
export function managedClusters({ containers }: ArmClients) {
  const clusters = (subscription: string) => containers(subscription).managedClusters

  async function get(id: ManagedClusterId): Promise<ManagedCluster | undefined> {
    const model = await found(clusters(id.subscriptionId).get(id.resourceGroup, id.name))
    return model && managedClusterOf(model)
  }

  async function settled(id: ManagedClusterId): Promise<void> {
    const end = Date.now() + OPERATION_DEADLINE
    for (;;) {
      const cluster = await get(id)
      if (!cluster || SETTLED.includes(cluster.provisioningState)) return
      if (Date.now() > end) throw unfinished(id)
      await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL))
    }
  }

  return {
    get,
    async userKubeconfig({ subscriptionId, resourceGroup, name }: ManagedClusterId): Promise<string> {
      const { kubeconfigs } = await clusters(subscriptionId).listClusterUserCredentials(resourceGroup, name, {
        format: 'exec',
      })
      return Buffer.from(kubeconfigs?.[0]?.value ?? '').toString()
    },
    async put({ id, body, ifMatch, busy }: AzurePut): Promise<ManagedCluster> {
      if (busy) {
        await settled(id as ManagedClusterId)
        throw new Conflict(`another operation on ${id.name} has just ended`)
      }
      const poller = clusters(id.subscriptionId).createOrUpdate(
        id.resourceGroup,
        id.name,
        body as ManagedClusterModel,
        {
          ...(ifMatch ? { ifMatch } : {}),
          updateIntervalInMs: POLL_INTERVAL,
          abortSignal: AbortSignal.timeout(OPERATION_DEADLINE),
        },
      )
      const model = await poller.catch(error => {
        throw error.name === 'AbortError' ? unfinished(id) : error
      })
      return managedClusterOf(model)
    },
  }
}

const unfinished = ({ name, resourceGroup }: ResourceId) =>
  new Failure({
    what: `AKS cluster ${name} could not be updated within an hour`,
    why: 'an operation on it does not end',
    remedy: `Wait until az aks show --resource-group ${resourceGroup} --name ${name} --query provisioningState says Succeeded, and run again`,
  })

/** A cluster of ARM's as far as the action looks at it. */
export function managedClusterOf(model: ManagedClusterModel): ManagedCluster {
  const { oidcIssuerProfile: issuer, aadProfile: entra } = model
  return {
    id: model.id ?? '',
    name: model.name ?? '',
    location: model.location,
    etag: model.eTag,
    provisioningState: model.provisioningState ?? '',
    powerState: model.powerState?.code ?? '',
    issuerUrl: issuer?.enabled ? issuer.issuerURL : undefined,
    workloadIdentity: model.securityProfile?.workloadIdentity?.enabled ?? false,
    runCommandDisabled: model.apiServerAccessProfile?.disableRunCommand ?? false,
    entra: entra && { tenantId: entra.tenantID, azureRbac: entra.enableAzureRbac ?? false },
    fqdns: [model.privateFqdn, model.fqdn].filter(name => name !== undefined),
    model,
  }
}
