import { poolsOf, startOperation } from '../arm/operations.ts'
import { clusterId, keyOf } from '../arm/resource-id.ts'
import { cloudOf } from '../clouds.ts'
import { bootstrap } from '../kubernetes/bootstrap.ts'
import { hostsOf } from '../sites.ts'
import {
  type AksCluster,
  type AzureRbac,
  type ManagedCluster,
  type Obstacle,
  type RolloutBehaviour,
  type RunCommandBehaviour,
  uuid,
  type World,
} from '../world.ts'
import { clusterOf, locationOf, type Part, resourceGroup, split, subscriptionOf } from './builder.ts'

/** What can differ between clusters; all are private, with Entra and Kubernetes RBAC, unless told otherwise. */
export interface ClusterOptions {
  kubernetesVersion?: string
  /** Whether the OIDC issuer, and with it workload identity, is on. */
  issuer?: boolean
  entra?: boolean
  /** Whether role assignments count inside the cluster; an object says in what its authorizer differs from the usual one. */
  azureRbac?: boolean | Partial<AzureRbac>
  tags?: Record<string, string>
  apiServer?: ApiServer
  /** Whether the cluster has administrators of its own beside those of Entra. */
  localAccounts?: boolean
}

/**
 * Where the API server stands, and so by which names it goes (https://learn.microsoft.com/azure/aks/private-clusters,
 * https://learn.microsoft.com/azure/aks/api-server-vnet-integration).
 */
export type ApiServer =
  | 'private'
  | 'private, without public FQDN'
  | 'private, in a DNS zone of its own'
  | 'private, integrated into its network'
  | 'public'
  | 'public, integrated into its network'

/** An AKS cluster, named as `resource-group/name`. */
export const cluster =
  (reference: string, options: ClusterOptions = {}): Part =>
  world => {
    const issuerUrl = newIssuerUrl(world)
    const arm = managedCluster(world, reference, options)
    if (options.issuer) arm.properties.oidcIssuerProfile = { enabled: true, issuerURL: issuerUrl }
    if (options.issuer) arm.properties.securityProfile = { workloadIdentity: { enabled: true } }
    const created: AksCluster = {
      arm,
      issuerUrl,
      authority: { reported: arm.id, served: arm.id },
      kubernetes: { resourceVersion: 0, objects: {} },
      rollouts: {},
      ...(typeof options.azureRbac === 'object' && { azureRbac: options.azureRbac }),
    }
    bootstrap(created.kubernetes, world)
    world.clusters[keyOf(arm.id)] = created
  }

/** An issuer URL that no cluster has yet; the slash at its end is part of it. */
export const newIssuerUrl = (world: World): string =>
  `https://${locationOf(world)}.${cloudOf(world).aks.issuers}/${world.tenantId}/${uuid(world)}/`

/** Somebody else's operation runs on a cluster. */
export const isBusy =
  (reference: string, provisioningState: string): Part =>
  world => {
    const cluster = clusterOf(world, reference)
    startOperation(world, cluster)
    cluster.arm.properties.provisioningState = provisioningState
  }

/** Somebody else's operation runs on the first agent pool of a cluster; of the cluster itself nothing is to be seen. */
export const isBusyInPool =
  (reference: string, provisioningState: string): Part =>
  world => {
    const cluster = clusterOf(world, reference)
    const [pool] = poolsOf(cluster.arm.properties)
    startOperation(world, cluster, pool!.name)
    pool!.provisioningState = provisioningState
  }

/** The API server presents a certificate of another authority than the one that ARM reports: a proxy in between. */
export const presentsForeignCertificate =
  (reference: string): Part =>
  world => {
    clusterOf(world, reference).authority.served = 'Corporate inspection proxy'
  }

/** How the next rollouts in a cluster end. */
export const rolloutsEnd =
  (reference: string, behaviour: RolloutBehaviour[string]): Part =>
  world => {
    clusterOf(world, reference).rollouts = { '*': behaviour }
  }

/** A name outside of Azure leads to the API server too; its certificate does not hold it. */
export const isAlsoKnownAs =
  (reference: string, ...names: string[]): Part =>
  world => {
    clusterOf(world, reference).alsoKnownAs = names
  }

/** The runner's network does not know the API server: only Azure gets there. */
export const isClosedToRunner =
  (reference: string): Part =>
  world => {
    clusterOf(world, reference).closedToRunner = 'no such host'
  }

/** The pods of a cluster do not get to the API server of another one. */
export const isClosedToPods =
  (reference: string, of: string, obstacle: Obstacle): Part =>
  world => {
    const closed = hostsOf(clusterOf(world, reference)).map(host => [host, obstacle])
    const from = clusterOf(world, of)
    from.closedToPods = { ...from.closedToPods, ...Object.fromEntries(closed) }
  }

/** Run-command is switched off for the cluster. */
export const takesNoRunCommand =
  (reference: string): Part =>
  world => {
    const { properties } = clusterOf(world, reference).arm
    properties.apiServerAccessProfile = { ...properties.apiServerAccessProfile, disableRunCommand: true }
  }

/** How run-commands in a cluster end. */
export const runCommandsEnd =
  (reference: string, behaviour: RunCommandBehaviour): Part =>
  world => {
    clusterOf(world, reference).runCommand = behaviour
  }

function managedCluster(world: World, reference: string, options: ClusterOptions): ManagedCluster {
  const { kubernetesVersion = '1.33', entra = true, azureRbac = false, tags = {} } = options
  const { localAccounts = !entra } = options
  const [group, name] = split(reference)
  resourceGroup(world, reference)
  const subscription = subscriptionOf(world, reference)
  const { location, aks } = cloudOf(world)
  const dns = `${name}-${uuid(world).slice(0, 8)}`
  const nodeResourceGroup = `MC_${group}_${name}_${location}`
  return {
    id: clusterId(subscription, group, name),
    name,
    type: 'Microsoft.ContainerService/ManagedClusters',
    location,
    tags,
    eTag: uuid(world),
    sku: { name: 'Base', tier: 'Standard' },
    identity: { type: 'SystemAssigned', principalId: uuid(world), tenantId: world.tenantId },
    properties: {
      provisioningState: 'Succeeded',
      powerState: { code: 'Running' },
      kubernetesVersion,
      currentKubernetesVersion: `${kubernetesVersion}.4`,
      dnsPrefix: name,
      ...apiServerNames(options.apiServer, dns, uuid(world), `${location}.${aks.servers}`),
      azurePortalFQDN: `${dns}.portal.hcp.${location}.${aks.servers}`,
      agentPoolProfiles: [
        {
          name: 'system',
          count: 3,
          vmSize: 'Standard_D4s_v5',
          osType: 'Linux',
          mode: 'System',
          type: 'VirtualMachineScaleSets',
          orchestratorVersion: kubernetesVersion,
          currentOrchestratorVersion: `${kubernetesVersion}.4`,
          provisioningState: 'Succeeded',
          powerState: { code: 'Running' },
          vnetSubnetID: subnetId(world, reference),
          eTag: uuid(world),
        },
      ],
      servicePrincipalProfile: { clientId: 'msi' },
      nodeResourceGroup,
      enableRBAC: true,
      supportPlan: 'KubernetesOfficial',
      networkProfile: {
        networkPlugin: 'azure',
        networkPluginMode: 'overlay',
        loadBalancerSku: 'standard',
        loadBalancerProfile: { managedOutboundIPs: { count: 1 }, backendPoolType: 'nodeIPConfiguration' },
        podCidr: '10.244.0.0/16',
        serviceCidr: '10.0.0.0/16',
        dnsServiceIP: '10.0.0.10',
        outboundType: 'loadBalancer',
      },
      ...(entra && { aadProfile: { managed: true, enableAzureRBAC: azureRbac !== false, tenantID: world.tenantId } }),
      apiServerAccessProfile: apiServerAccess(world, reference, options.apiServer),
      identityProfile: {
        kubeletidentity: {
          resourceId: `/subscriptions/${subscription}/resourcegroups/${nodeResourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}-agentpool`,
          clientId: uuid(world),
          objectId: uuid(world),
        },
      },
      disableLocalAccounts: !localAccounts,
      oidcIssuerProfile: { enabled: false },
      securityProfile: {},
      storageProfile: { diskCSIDriver: { enabled: true }, fileCSIDriver: { enabled: true } },
      maxAgentPools: 100,
      resourceUID: uuid(world).replaceAll('-', ''),
    },
  }
}

function apiServerNames(apiServer: ApiServer = 'private', dns: string, guid: string, zone: string) {
  const publicName = { fqdn: `${dns}.hcp.${zone}` }
  const privateName = { privateFQDN: `${dns}.${guid}.privatelink.${zone}` }
  switch (apiServer) {
    case 'private, without public FQDN':
      return privateName
    case 'private, in a DNS zone of its own':
      return { ...publicName, privateFQDN: `${dns}.aks.privatelink.${zone}` }
    case 'private, integrated into its network':
      return { ...publicName, privateFQDN: `${dns}.${guid}.private.${zone}` }
    case 'public':
    case 'public, integrated into its network':
      return publicName
    default:
      return { ...publicName, ...privateName }
  }
}

function apiServerAccess(world: World, reference: string, apiServer: ApiServer = 'private') {
  const zone = `${resourceGroup(world, reference)}/providers/Microsoft.Network/privateDnsZones/aks.privatelink.${locationOf(world)}.azmk8s.io`
  const isPrivate = apiServer.startsWith('private')
  return {
    ...(isPrivate && {
      enablePrivateCluster: true,
      privateDNSZone: apiServer.endsWith('of its own') ? zone : 'system',
      enablePrivateClusterPublicFQDN: !apiServer.endsWith('without public FQDN'),
    }),
    ...(apiServer.endsWith('its network') && {
      enableVnetIntegration: true,
      subnetId: subnetId(world, reference).replace(/nodes$/, 'api-server'),
    }),
  }
}

/** The cluster is stopped: it has no API server until it is started. */
export const isStopped =
  (reference: string): Part =>
  world => {
    clusterOf(world, reference).arm.properties.powerState.code = 'Stopped'
  }

/** The subnet of a cluster's nodes, in a network of its own resource group. */
export const subnetId = (world: World, reference: string): string => {
  const [, name] = split(reference)
  return `${resourceGroup(world, reference)}/providers/Microsoft.Network/virtualNetworks/${name}-vnet/subnets/nodes`
}
