import type { Azure, ListedCluster, ManagedCluster } from '../azure/azure.ts'
import type { ManagedClusterId } from '../azure/resource-id.ts'
import { Failure } from '../failure.ts'
import type { Access, ServerFqdn } from '../input-target.ts'
import type { Cluster } from './cluster.ts'
import { type Commands, commandsOn } from './commands.ts'
import { connectDirectly, type Endpoint, endpointOf } from './direct.ts'
import { eitherWay } from './either-way.ts'
import { connectByRunCommand } from './run-command.ts'

/** An AKS cluster and the way to its API server. */
export interface Connection {
  cluster: ListedCluster
  kubernetes: Cluster
  /** The way in by run-command; undefined where it is switched off, or the input asks for direct access. */
  commands: Commands | undefined
}

/** A cluster whose address has to be known, whichever way it is reached. */
export interface TargetConnection extends Connection {
  endpoint: Endpoint
}

/** A cluster that may be updated. */
export interface HubConnection extends Connection {
  cluster: ManagedCluster
}

/** Finds AKS clusters and connects to their API servers as the caller. */
export interface Connect {
  hub(id: ManagedClusterId, access: Access): Promise<HubConnection>
  /**
   * `fqdn` chooses between the names of a private cluster; `auto` is the one that Azure hands to users. `known` is what a list said of the
   * cluster not long ago.
   */
  target(id: ManagedClusterId, access: Access, fqdn: ServerFqdn, known?: ListedCluster): Promise<TargetConnection>
}

/**
 * Connects through Azure: the API server's address and authority are what it reports. The cluster is read before its kubeconfig,
 * since without Entra that would be an administrator's certificate (https://learn.microsoft.com/azure/aks/control-kubeconfig-access),
 * which the action never asks for; such a hub is entered by run-command alone, and only when the input says so.
 */
export function connectThrough(azure: Azure, mayTurn: boolean, say: (line: string) => void): Connect {
  async function existing(id: ManagedClusterId, input: string): Promise<ManagedCluster> {
    const cluster = await azure.managedCluster(id)
    if (!cluster) throw notFound(id, input)
    if (isGoing(cluster)) throw beingDeleted(id, `Correct the input ${input}`)
    return cluster
  }

  function staying(id: ManagedClusterId, listed: ListedCluster): ListedCluster {
    if (isGoing(listed)) throw beingDeleted(id, 'Run again once it is gone')
    return listed
  }

  function running<Cluster extends ListedCluster>(id: ManagedClusterId, cluster: Cluster): Cluster {
    if (cluster.powerState !== 'Running') throw notRunning(id, cluster.powerState)
    return cluster
  }

  /** Of a target nothing is put back: the whole resource is let go. */
  async function withoutModel(cluster: Promise<ManagedCluster>): Promise<ListedCluster> {
    const { model: _, ...rest } = await cluster
    return rest
  }

  const endpoint = async (id: ManagedClusterId, serverFqdn?: 'public') =>
    endpointOf(await azure.userKubeconfig(id, serverFqdn))

  function connected<Cluster extends ListedCluster>(
    id: ManagedClusterId,
    access: Access,
    cluster: Cluster,
    endpoint: Endpoint | undefined,
  ) {
    const commands =
      access === 'direct' || cluster.runCommandDisabled
        ? undefined
        : commandsOn(id.name, context => azure.runCommand(id, cluster.entra !== undefined, context))
    const byRunCommand = () => {
      if (!commands) throw runCommandDisabled(id)
      return connectByRunCommand(id.name, commands)
    }
    if (!endpoint) return { cluster, commands, kubernetes: byRunCommand() }
    const direct = connectDirectly(id.name, endpoint, azure.kubernetesToken)
    const kubernetes =
      access === 'auto' && mayTurn && commands
        ? eitherWay(direct, byRunCommand, ({ message }) => say(`${id.name} is reached by run-command: ${message}`))
        : direct
    return { cluster, commands, kubernetes }
  }

  return {
    async hub(id, access) {
      const cluster = running(id, await existing(id, 'hub-cluster'))
      if (access === 'run-command') return connected(id, access, cluster, undefined)
      if (!cluster.entra) throw withoutEntra(id, 'or name hub-access: run-command')
      return connected(id, access, cluster, await endpoint(id))
    },
    async target(id, access, fqdn, listed) {
      const cluster = running(id, listed ? staying(id, listed) : await withoutModel(existing(id, 'target-cluster')))
      if (!cluster.entra) throw withoutEntra(id, '')
      if (fqdn !== 'auto' && !cluster[`${fqdn}Fqdn`]) throw withoutFqdn(id, fqdn)
      // A cluster that is not private has no other name, and Azure need not be asked for it.
      const known = await endpoint(id, fqdn === 'public' && cluster.privateFqdn ? fqdn : undefined)
      return { ...connected(id, access, cluster, access === 'run-command' ? undefined : known), endpoint: known }
    },
  }
}

const notFound = ({ id }: ManagedClusterId, input: string) =>
  new Failure({
    what: `There is no AKS cluster ${id}`,
    why: 'Azure answered 404',
    remedy: `Correct the input ${input}: resource-group/name within subscription-id, or the whole resource id`,
  })

const withoutEntra = ({ name, resourceGroup }: ManagedClusterId, orElse: string) =>
  new Failure({
    what: `AKS cluster ${name} does not use Microsoft Entra ID`,
    why: 'an identity without a stored secret can only be let in by Entra, and all that Azure hands out for this cluster is an administrator certificate',
    remedy: `Enable Entra (az aks update --resource-group ${resourceGroup} --name ${name} --enable-aad) ${orElse}${orElse && ' '}and run again`,
  })

const isGoing = ({ provisioningState }: ListedCluster): boolean => provisioningState === 'Deleting'

const beingDeleted = ({ name }: ManagedClusterId, remedy: string) =>
  new Failure({
    what: `AKS cluster ${name} is being deleted`,
    why: 'somebody began that, and Azure does not stop it any more (provisioningState Deleting)',
    remedy: `${remedy}; a cluster that is made anew under this name can be named once it is there`,
  })

const withoutFqdn = ({ name, resourceGroup }: ManagedClusterId, fqdn: 'private' | 'public') =>
  new Failure({
    what: `AKS cluster ${name} has no ${fqdn} FQDN, which the input server-fqdn asks for`,
    why:
      fqdn === 'public'
        ? 'it is private, and its public FQDN is switched off (apiServerAccessProfile.enablePrivateClusterPublicFQDN)'
        : 'it is not a private cluster, or keeps no private DNS zone',
    remedy:
      fqdn === 'public'
        ? `Leave server-fqdn out, or switch it on (az aks update --resource-group ${resourceGroup} --name ${name} --enable-public-fqdn)`
        : 'Leave server-fqdn out: auto takes the name that there is',
  })

/** A cluster is stopped, or on its way there. */
export class NotRunning extends Failure {}

const notRunning = ({ name, resourceGroup }: ManagedClusterId, powerState: string) =>
  new NotRunning({
    what: `AKS cluster ${name} is ${powerState.toLowerCase()}`,
    why: 'it has no API server to talk to',
    remedy: `Start it (az aks start --resource-group ${resourceGroup} --name ${name}) and run again`,
  })

const runCommandDisabled = ({ name, resourceGroup }: ManagedClusterId) =>
  new Failure({
    what: `AKS cluster ${name} takes no run-command`,
    why: 'it is switched off for the cluster (apiServerAccessProfile.disableRunCommand)',
    remedy: `Run the job on a runner whose network reaches the cluster, or switch it on (az aks update --resource-group ${resourceGroup} --name ${name} --enable-run-command)`,
  })
