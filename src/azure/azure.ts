import type { ManagedCluster as ManagedClusterModel } from '@azure/arm-containerservice'
import type { TokenCredential } from '@azure/core-auth'
import { Conflict } from '../failure.ts'
import type { AzureDelete, AzurePut, AzureWrite } from '../plan.ts'
import { armClients } from './clients.ts'
import { AKS_SERVER_APPLICATION, type Cloud } from './cloud.ts'
import { isConflict } from './conflict.ts'
import { federatedCredentials } from './federated-credentials.ts'
import { managedClusters } from './managed-clusters.ts'
import { managedIdentities } from './managed-identities.ts'
import { permissions } from './permissions.ts'
import { type GraphedCluster, graphedClusters } from './resource-graph.ts'
import type { IdentityId, ManagedClusterId, Scope } from './resource-id.ts'
import { roleAssignments } from './role-assignments.ts'
import { runCommand } from './run-command.ts'
import { type Subscription, subscriptions } from './subscriptions.ts'

/** An AKS cluster as far as the action looks at it. */
export interface ManagedCluster {
  id: string
  name: string
  location: string
  tags: Record<string, string>
  etag: string | undefined
  provisioningState: string
  /** The operation that runs on the cluster or on one of its agent pools, in words; undefined while none does. */
  underWay?: string
  powerState: string
  /** The OIDC issuer URL with its trailing slash; undefined while the issuer is off. */
  issuerUrl: string | undefined
  workloadIdentity: boolean
  runCommandDisabled: boolean
  /** Entra settings; undefined where the cluster does not use Entra. */
  entra: { tenantId: string | undefined; azureRbac: boolean } | undefined
  /** The name of a private cluster's API server within its network. */
  privateFqdn: string | undefined
  /** Its name in public DNS; a private cluster need not have one. */
  publicFqdn: string | undefined
  /** The whole resource in the SDK's own form: what a PUT has to send back. */
  model: ManagedClusterModel
}

/** A cluster that nothing is to be put into: the whole resource of each would be too much to keep for a fleet. */
export type ListedCluster = Omit<ManagedCluster, 'model'>

/** A user-assigned managed identity. */
export interface ManagedIdentity {
  id: string
  clientId: string
  principalId: string
  tenantId: string
  location: string
  tags: Record<string, string>
}

/** A federated identity credential of a managed identity. */
export interface FederatedCredential {
  name: string
  issuer: string
  subject: string
  audiences: string[]
}

/** What a caller holds at a scope (https://learn.microsoft.com/rest/api/authorization/permissions), or a role gives. */
export interface Permissions {
  actions: string[]
  notActions: string[]
  /** What is allowed within resources: in the API of a cluster with Azure RBAC. */
  dataActions?: string[]
  notDataActions?: string[]
}

/** That a principal has a role at a scope. */
export interface RoleAssignment {
  /** GUID. */
  name: string
  scope: string
  roleDefinitionId: string
  /** GUID of the role definition, in lower case. */
  role: string
  principalId: string
  principalType: string | undefined
  description: string | undefined
  createdOn: string | undefined
}

/** An Azure role. */
export interface RoleDefinition {
  /** GUID, in lower case. */
  name: string
  roleName: string
  permissions: Permissions[]
}

/** The calls to Azure Resource Manager that the action makes. What does not exist is undefined, not an error. */
export interface Azure {
  managedCluster(id: ManagedClusterId): Promise<ManagedCluster | undefined>
  /** Those of a subscription whose tags are wanted. */
  managedClustersIn(subscription: string, isWanted: (tags: Record<string, string>) => boolean): Promise<ListedCluster[]>
  /** All that the caller can read, whatever their subscription. */
  graphedClusters(): Promise<GraphedCluster[]>
  subscriptions(): Promise<Subscription[]>
  /** The kubeconfig that Azure hands to users of an Entra cluster: server and CA, no secret. */
  userKubeconfig(id: ManagedClusterId, serverFqdn?: 'public'): Promise<string>
  identity(id: IdentityId): Promise<ManagedIdentity | undefined>
  federatedCredentials(identity: IdentityId): Promise<FederatedCredential[]>
  /** Runs the script of a zip, base64, in the cluster, and returns what it printed. */
  runCommand(id: ManagedClusterId, usesEntra: boolean, context: string): Promise<string>
  /** What the caller holds there; undefined where it may not even ask (Microsoft.Authorization/permissions/read). */
  permissions(scope: Scope): Promise<Permissions[] | undefined>
  /** The roles of a principal at a scope, above it and within it. */
  roleAssignments(scope: Scope, principalId: string): Promise<RoleAssignment[]>
  /** A role that can be assigned at a scope, by its GUID or its name. */
  roleDefinition(scope: Scope, nameOrGuid: string): Promise<RoleDefinition | undefined>
  /** Sends a write and waits until Azure has carried it out, telling how long; returns the fields that later actions may take. */
  write(write: AzureWrite, onProgress: (progress: string) => void): Promise<Record<string, unknown>>
  /** The caller's own token for the API server of an Entra cluster. */
  kubernetesToken(): Promise<string>
}

/** Connects to Azure Resource Manager as the given caller; one file beside this for each kind of resource. */
export function connectAzure(credential: TokenCredential, cloud: Cloud): Azure {
  const clients = armClients(credential, cloud)
  const clusters = managedClusters(clients)
  const identities = managedIdentities(clients)
  const credentials = federatedCredentials(clients)
  const assignments = roleAssignments(clients)

  async function kubernetesToken(): Promise<string> {
    const token = await credential.getToken(`${AKS_SERVER_APPLICATION}/.default`)
    if (!token) throw new Error('Entra issued no token for the AKS server application')
    return token.token
  }

  const puts: Record<AzurePut['type'], (write: AzurePut, onProgress: (progress: string) => void) => Promise<object>> = {
    managedClusters: clusters.put,
    userAssignedIdentities: identities.put,
    federatedIdentityCredentials: credentials.put,
    roleAssignments: assignments.put,
  }
  const deletes: Record<
    AzureDelete['type'],
    (write: AzureDelete, onProgress: (progress: string) => void) => Promise<void>
  > = {
    federatedIdentityCredentials: credentials.delete,
    roleAssignments: assignments.delete,
  }

  const send: Azure['write'] = async (write, onProgress) => {
    if (write.verb === 'put') return { ...(await puts[write.type](write, onProgress)) }
    if (write.verb === 'patch') return { ...(await identities.patch(write)) }
    await deletes[write.type](write, onProgress)
    return {}
  }

  return {
    managedCluster: clusters.get,
    managedClustersIn: clusters.list,
    graphedClusters: graphedClusters(clients),
    subscriptions: subscriptions(clients),
    userKubeconfig: clusters.userKubeconfig,
    runCommand: runCommand(clients, kubernetesToken),
    identity: identities.get,
    federatedCredentials: credentials.list,
    permissions: permissions(clients),
    roleAssignments: assignments.list,
    roleDefinition: assignments.definition,
    async write(write, onProgress) {
      try {
        return await send(write, onProgress)
      } catch (error) {
        throw isConflict(error) ? new Conflict(error.message, error) : error
      }
    },
    kubernetesToken,
  }
}
