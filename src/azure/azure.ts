import { ContainerServiceClient, type ManagedCluster as ManagedClusterModel } from '@azure/arm-containerservice'
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import type { TokenCredential } from '@azure/core-auth'
import { createPipelineRequest, isRestError, RestError } from '@azure/core-rest-pipeline'
import { Conflict, Failure } from '../failure.ts'
import { COMMAND } from '../kubernetes/run-command-script.ts'
import type { AzureType, AzureWrite } from '../plan.ts'
import { AKS_SERVER_APPLICATION, type Cloud } from './cloud.ts'
import type { IdentityId, ManagedClusterId, ResourceId, Scope } from './resource-id.ts'

/** An AKS cluster as far as the action looks at it. */
export interface ManagedCluster {
  id: string
  name: string
  location: string
  etag: string | undefined
  provisioningState: string
  powerState: string
  /** The OIDC issuer URL with its trailing slash; undefined while the issuer is off. */
  issuerUrl: string | undefined
  workloadIdentity: boolean
  runCommandDisabled: boolean
  /** Entra settings; undefined where the cluster does not use Entra. */
  entra: { tenantId: string | undefined; azureRbac: boolean } | undefined
  fqdns: string[]
  /** The whole resource in the SDK's own form: what a PUT has to send back. */
  model: ManagedClusterModel
}

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

/** What a caller holds at a scope (https://learn.microsoft.com/rest/api/authorization/permissions). */
export interface Permissions {
  actions: string[]
  notActions: string[]
}

/** The calls to Azure Resource Manager that the action makes. What does not exist is undefined, not an error. */
export interface Azure {
  managedCluster(id: ManagedClusterId): Promise<ManagedCluster | undefined>
  /** The kubeconfig that Azure hands to users of an Entra cluster: server and CA, no secret. */
  userKubeconfig(id: ManagedClusterId): Promise<string>
  identity(id: IdentityId): Promise<ManagedIdentity | undefined>
  federatedCredentials(identity: IdentityId): Promise<FederatedCredential[]>
  /** Runs the script of a zip, base64, in the cluster, and returns what it printed. */
  runCommand(id: ManagedClusterId, usesEntra: boolean, context: string): Promise<string>
  /** What the caller holds there; undefined where it may not even ask (Microsoft.Authorization/permissions/read). */
  permissions(scope: Scope): Promise<Permissions[] | undefined>
  /** Sends a write and waits until Azure has carried it out; returns the fields that later actions may take. */
  write(write: AzureWrite): Promise<Record<string, unknown>>
  /** The caller's own token for the API server of an Entra cluster. */
  kubernetesToken(): Promise<string>
}

/** How often a running operation is asked for; the service sends no Retry-After. */
const POLL_INTERVAL = 10_000
/** How long a cluster update may take: enabling the issuer takes minutes, an upgrade in front of it up to an hour. */
const OPERATION_DEADLINE = 60 * 60_000
/** A pod has to be scheduled and started for each command. */
const RUN_COMMAND_INTERVAL = 3_000
const RUN_COMMAND_DEADLINE = 10 * 60_000
const SETTLED = ['Succeeded', 'Failed', 'Canceled']

/** Connects to Azure Resource Manager as the given caller. */
export function connectAzure(credential: TokenCredential, cloud: Cloud): Azure {
  const tokenScope = `${cloud.resourceManager}/.default`
  const userAgentOptions = { userAgentPrefix: 'argo-aks-onboard' }
  const clusters = memoised(
    subscription =>
      new ContainerServiceClient(credential, subscription, {
        endpoint: cloud.resourceManager,
        credentials: { scopes: [tokenScope] },
        userAgentOptions,
      }).managedClusters,
  )
  const identities = memoised(
    subscription =>
      new ManagedServiceIdentityClient(credential, subscription, {
        endpoint: cloud.resourceManager,
        credentialScopes: tokenScope,
        userAgentOptions,
      }),
  )

  async function managedCluster(id: ManagedClusterId): Promise<ManagedCluster | undefined> {
    const model = await found(clusters(id.subscriptionId).get(id.resourceGroup, id.name))
    return model && managedClusterOf(model)
  }

  const writers: Record<AzureType, (write: AzureWrite) => Promise<Record<string, unknown>>> = {
    async managedClusters({ id, body, ifMatch, busy }) {
      if (busy) {
        await settled(id as ManagedClusterId)
        throw new Conflict(`another operation on ${id.name} has just ended`)
      }
      const client = clusters(id.subscriptionId)
      const poller = client.createOrUpdate(id.resourceGroup, id.name, body as ManagedClusterModel, {
        ...(ifMatch ? { ifMatch } : {}),
        updateIntervalInMs: POLL_INTERVAL,
        abortSignal: AbortSignal.timeout(OPERATION_DEADLINE),
      })
      const model = await poller.catch(error => {
        throw error.name === 'AbortError' ? unfinished(id) : error
      })
      return { ...managedClusterOf(model) }
    },
    async userAssignedIdentities({ id, body }) {
      const client = identities(id.subscriptionId).userAssignedIdentities
      const model = await client.createOrUpdate(id.resourceGroup, id.name, body as { location: string })
      return { ...identityOf(model) }
    },
    async federatedIdentityCredentials({ id, child = '', body }) {
      const client = identities(id.subscriptionId).federatedIdentityCredentials
      return { ...(await client.createOrUpdate(id.resourceGroup, id.name, child, body)) }
    },
  }

  async function settled(id: ManagedClusterId): Promise<void> {
    const end = Date.now() + OPERATION_DEADLINE
    for (;;) {
      const cluster = await managedCluster(id)
      if (!cluster || SETTLED.includes(cluster.provisioningState)) return
      if (Date.now() > end) throw unfinished(id)
      await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL))
    }
  }

  async function kubernetesToken(): Promise<string> {
    const token = await credential.getToken(`${AKS_SERVER_APPLICATION}/.default`)
    if (!token) throw new Error('Entra issued no token for the AKS server application')
    return token.token
  }

  return {
    managedCluster,
    async userKubeconfig({ subscriptionId, resourceGroup, name }) {
      const { kubeconfigs } = await clusters(subscriptionId).listClusterUserCredentials(resourceGroup, name, {
        format: 'exec',
      })
      return Buffer.from(kubeconfigs?.[0]?.value ?? '').toString()
    },
    async runCommand(id, usesEntra, context) {
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
      } = await clusters(id.subscriptionId).runCommand(id.resourceGroup, id.name, request, {
        updateIntervalInMs: RUN_COMMAND_INTERVAL,
        abortSignal: AbortSignal.timeout(RUN_COMMAND_DEADLINE),
      })
      if (!/^succeeded$/i.test(provisioningState ?? ''))
        throw runCommandFailed(id, reason ?? `it is ${provisioningState}`)
      if (exitCode !== 0) throw runCommandFailed(id, `its script ended with ${exitCode}: ${logs.slice(-500)}`)
      return logs
    },
    async identity({ subscriptionId, resourceGroup, name }) {
      const model = await found(identities(subscriptionId).userAssignedIdentities.get(resourceGroup, name))
      return model && identityOf(model)
    },
    async federatedCredentials({ subscriptionId, resourceGroup, name }) {
      const pages = identities(subscriptionId).federatedIdentityCredentials.list(resourceGroup, name)
      const all = await found(Array.fromAsync(pages))
      return (all ?? []).map(({ name = '', issuer = '', subject = '', audiences = [] }) => ({
        name,
        issuer,
        subject,
        audiences,
      }))
    },
    async permissions(scope) {
      const client = identities(scope.subscriptionId)
      const url = `${cloud.resourceManager}${scope.id}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`
      const answer = await client.sendRequest(createPipelineRequest({ url }))
      if (answer.status === 403) return undefined
      if (answer.status !== 200)
        throw new RestError(answer.bodyAsText ?? '', { statusCode: answer.status, request: answer.request })
      return (JSON.parse(answer.bodyAsText ?? '{}') as { value: Permissions[] }).value
    },
    async write(write) {
      try {
        return await writers[write.type](write)
      } catch (error) {
        throw isRestError(error) && (error.statusCode === 409 || error.statusCode === 412)
          ? new Conflict(error.message, error)
          : error
      }
    },
    kubernetesToken,
  }
}

const runCommandFailed = ({ name }: ManagedClusterId, why: string) =>
  new Failure({
    what: `The run-command on ${name} failed`,
    why,
    remedy:
      'Look at the events of namespace aks-command and at the room on the nodes (200m CPU, 500 MiB a command), and run again',
  })

const unfinished = ({ name, resourceGroup }: ResourceId) =>
  new Failure({
    what: `AKS cluster ${name} could not be updated within an hour`,
    why: 'an operation on it does not end',
    remedy: `Wait until az aks show --resource-group ${resourceGroup} --name ${name} --query provisioningState says Succeeded, and run again`,
  })

/** One value a subscription: the SDK's clients are bound to theirs. */
function memoised<T>(make: (subscription: string) => T): (subscription: string) => T {
  const made = new Map<string, T>()
  return subscription => {
    const known = made.get(subscription) ?? make(subscription)
    made.set(subscription, known)
    return known
  }
}

/** 404 is an answer, not a failure. */
async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isRestError(error) && error.statusCode === 404) return undefined
    throw error
  }
}

function managedClusterOf(model: ManagedClusterModel): ManagedCluster {
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

function identityOf(model: {
  id?: string
  clientId?: string
  principalId?: string
  tenantId?: string
  location: string
  tags?: Record<string, string>
}): ManagedIdentity {
  const { id = '', clientId = '', principalId = '', tenantId = '', location, tags = {} } = model
  return { id, clientId, principalId, tenantId, location, tags }
}
