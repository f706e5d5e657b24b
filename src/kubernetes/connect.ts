import type { Azure, ManagedCluster } from '../azure/azure.ts'
import type { ManagedClusterId } from '../azure/resource-id.ts'
import { Failure } from '../failure.ts'
import type { Cluster } from './cluster.ts'
import { connectDirectly, type Endpoint, endpointOf } from './direct.ts'

/** An AKS cluster and the way to its API server. */
export interface Connection {
  cluster: ManagedCluster
  endpoint: Endpoint
  kubernetes: Cluster
}

/** Finds an AKS cluster and connects to its API server as the caller; `input` is the input that named it. */
export type Connect = (id: ManagedClusterId, input: string) => Promise<Connection>

/**
 * Reads the cluster before its kubeconfig: without Entra, Azure would answer with an administrator's certificate
 * (https://learn.microsoft.com/azure/aks/control-kubeconfig-access), which the action never asks for.
 */
export const connectThrough =
  (azure: Azure): Connect =>
  async (id, input) => {
    const cluster = await azure.managedCluster(id)
    if (!cluster) throw notFound(id, input)
    if (!cluster.entra) throw withoutEntra(id)
    if (cluster.powerState !== 'Running') throw notRunning(id, cluster.powerState)
    const endpoint = endpointOf(await azure.userKubeconfig(id))
    return { cluster, endpoint, kubernetes: connectDirectly(id.name, endpoint, azure.kubernetesToken) }
  }

const notFound = ({ id }: ManagedClusterId, input: string) =>
  new Failure({
    what: `There is no AKS cluster ${id}`,
    why: 'Azure answered 404',
    remedy: `Correct the input ${input}: resource-group/name within subscription-id, or the whole resource id`,
  })

const withoutEntra = ({ name, resourceGroup }: ManagedClusterId) =>
  new Failure({
    what: `AKS cluster ${name} does not use Microsoft Entra ID`,
    why: 'an identity without a stored secret can only be let in by Entra, and all that Azure hands out for this cluster is an administrator certificate',
    remedy: `Enable Entra (az aks update --resource-group ${resourceGroup} --name ${name} --enable-aad) and run again`,
  })

const notRunning = ({ name, resourceGroup }: ManagedClusterId, powerState: string) =>
  new Failure({
    what: `AKS cluster ${name} is ${powerState.toLowerCase()}`,
    why: 'it has no API server to talk to',
    remedy: `Start it (az aks start --resource-group ${resourceGroup} --name ${name}) and run again`,
  })
