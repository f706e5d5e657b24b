import type { Limit, LimitName } from './arm/throttling.ts'
import type { CloudName } from './clouds.ts'
import type { Json } from './exchange.ts'

/**
 * Everything that the sandbox knows, as one plain value: it can be cloned, dumped and compared.
 * Keys and certificates live in the keyring instead, so that forks of one world trust the same issuers.
 * Records are keyed by the lower-case ARM id, because ARM compares ids without regard to case.
 */
export interface World {
  name: string
  /** State of the generator behind every id, see `uuid`. */
  seed: number
  /** Milliseconds that the world's clock is ahead of the machine's. */
  clockAhead: number
  /** The cloud of Azure that all of it is in. */
  cloud: CloudName
  tenantId: string
  /** The repository whose workflow runs the action: what GitHub puts into its ID tokens. */
  workflow: { repository: string; subject: string }
  /** The machine that the workflow's runner is on, where that is one in Azure. */
  machine?: Machine
  subscriptions: Subscription[]
  resourceGroups: Record<string, ResourceGroup>
  applications: Application[]
  identities: Record<string, ManagedIdentity>
  roleAssignments: Record<string, RoleAssignment>
  /** Custom roles by GUID; the built-in ones need no entry. */
  roleDefinitions: Record<string, RoleDefinition>
  clusters: Record<string, AksCluster>
  operations: Record<string, Operation>
  /** Commands that ARM ran in clusters, by their ids. */
  commands: Record<string, RunCommand>
  /** Assignments of Azure Policy: without that tag no resource of the type is written within the scope. */
  policies?: { assignment: string; scope: string; type: string; requiresTag: string }[]
  locks?: { scope: string; level: 'CanNotDelete' | 'ReadOnly' }[]
  delays: Delays
  /** How many items a page of a list or of Resource Graph holds; left out, as many as Azure's. */
  pageSize?: number
  /** Limits on how often ARM may be asked: Azure's own, or others in place of some of them. Left out, nothing is limited. */
  throttling?: true | Partial<Record<LimitName, Limit>>
  /** Tokens in the buckets that were drawn on, and when that was; the others are full. */
  buckets?: Record<string, { tokens: number; at: number }>
}

export interface Subscription {
  id: string
  displayName: string
  /** Resource providers that it is not registered for. */
  unregistered?: string[]
}

export interface ResourceGroup {
  id: string
  name: string
  location: string
  tags: Record<string, string>
}

/** A machine in Azure, and the managed identities that it has, by their client ids. */
export interface Machine {
  systemAssigned?: string
  userAssigned: string[]
  /** What a container app or a web app has to show for a token of its identities. Without it the machine is a VM. */
  identityHeader?: string
}

/** The identity that a workflow signs in as: an app registration with its service principal, or a machine's own identity. */
export interface Application {
  displayName: string
  clientId: string
  objectId: string
  /** Object ids of the Entra groups that its tokens carry. */
  groups: string[]
  federatedCredentials: FederatedCredential[]
}

export interface FederatedCredential {
  name: string
  issuer: string
  subject: string
  audiences: string[]
  /** Token requests that are still refused as if the credential did not exist (AADSTS70021): replication inside Entra. */
  unseenFor?: number
}

export interface ManagedIdentity {
  id: string
  name: string
  location: string
  tags: Record<string, string>
  clientId: string
  principalId: string
  federatedCredentials: Record<string, FederatedCredential & { id: string }>
  /** How often a new identity is still unknown: to role assignments (PrincipalNotFound) and to token requests (AADSTS700016). */
  unseenFor?: { assignments: number; tokens: number }
}

export interface RoleAssignment {
  id: string
  name: string
  scope: string
  /** GUID of the role definition, without its path. */
  roleDefinition: string
  principalId: string
  principalType: string
  description?: string
  /** Left out of what was there before the world began. */
  createdOn?: string
  /** Authorization decisions that are still made as if the assignment did not exist: replication inside Azure. */
  unseenFor?: number
}

export interface RoleDefinition {
  /** GUID. */
  name: string
  roleName: string
  actions: string[]
  notActions: string[]
  dataActions: string[]
  notDataActions: string[]
}

export interface AksCluster {
  /** The resource as ARM returns it, wire names. */
  arm: ManagedCluster
  /** Id of the running operation in `World.operations`, if one runs. */
  operation?: string
  /** How the next update of the resource ends, where it fails. */
  nextUpdateFails?: { code: string; message: string }
  /** The OIDC issuer: kept also while it is switched off, AKS gives a cluster one URL for life. */
  issuerUrl: string
  /** Names of certificate authorities in the keyring: the one that ARM reports and the one that signed the server. */
  authority: { reported: string; served: string }
  kubernetes: KubernetesState
  rollouts: RolloutBehaviour
  /** The workload-identity webhook, which is at work where the add-on is on: how old it is, and how many pods it still overlooks. */
  workloadIdentityWebhook?: { generation?: WebhookGeneration; unseenFor?: number }
  /** How ARM's run-command ends in the cluster; it works where nothing is said, unless `disableRunCommand` is set. */
  runCommand?: RunCommandBehaviour
  /** Further names that lead to the API server, and that its certificate does not hold: a peered network's, a load balancer's. */
  alsoKnownAs?: string[]
  /** What stands between the runner and the API server: most private clusters are reached from within their network alone. */
  closedToRunner?: Obstacle
  /** What stands between the cluster's pods and other hosts, by host name; they reach every host that is not named. */
  closedToPods?: Record<string, Obstacle>
  /** In what the authorizer of a cluster with Azure RBAC differs from the usual one. */
  azureRbac?: Partial<AzureRbac>
  /** What that authorizer decided not long ago, by whom and what it was about. */
  azureDecisions?: Record<string, RememberedDecision>
}

/** Up to v1.5 and from v1.6 on the webhook has other names for what it adds. */
export type WebhookGeneration = 'v1.5' | 'v1.6'

/** How the authorizer of a cluster with Azure RBAC behaves. */
export interface AzureRbac {
  /** Asked after Kubernetes RBAC it adds to it; asked before, its denials are final. */
  asked: 'after Kubernetes RBAC' | 'before Kubernetes RBAC'
  /** What it says of who comes without the object id of an Entra principal (`extra.oid`), Kubernetes' own accounts aside. */
  strangers: 'no opinion' | 'denied'
  /** How long a decision stands, although assignments change: for so many more questions about the same, or by the world's clock. */
  remembers: { questions: number } | { milliseconds: number }
  /** What becomes of a question about `*`: an error, or a question about everything that the star stands for. */
  wildcards: 'refused' | 'expanded'
  /** Which data action a custom resource takes: one with its own group and name, `customresources`, or one that no role holds. */
  customResources: 'by name' | 'as one kind' | 'not covered'
}

export type RememberedDecision = { allowed: boolean } & ({ questionsLeft: number } | { until: number })

/** The part of Microsoft.ContainerService/managedClusters that the sandbox reads by name; the rest is kept as it was put. */
export interface ManagedCluster {
  id: string
  name: string
  type: string
  location: string
  tags: Record<string, string>
  eTag: string
  sku: { name: string; tier: string }
  identity: {
    type: string
    principalId?: string
    tenantId?: string
    userAssignedIdentities?: Record<string, { principalId?: string; clientId?: string }>
  }
  properties: ManagedClusterProperties
}

export interface ManagedClusterProperties {
  provisioningState: string
  powerState: { code: string }
  kubernetesVersion: string
  currentKubernetesVersion: string
  fqdn?: string
  privateFQDN?: string
  disableLocalAccounts: boolean
  aadProfile?: { managed: boolean; enableAzureRBAC: boolean; tenantID: string; adminGroupObjectIDs?: string[] }
  apiServerAccessProfile?: {
    enablePrivateCluster?: boolean
    enablePrivateClusterPublicFQDN?: boolean
    enableVnetIntegration?: boolean
    subnetId?: string
    privateDNSZone?: string
    disableRunCommand?: boolean
  }
  oidcIssuerProfile?: { enabled: boolean; issuerURL?: string }
  securityProfile?: { workloadIdentity?: { enabled: boolean } }
  [property: string]: unknown
}

/** An asynchronous ARM operation; it ends after a number of polls, so that a run needs no real waiting. */
export interface Operation {
  id: string
  cluster: string
  /** The agent pool that it is about: the state of the cluster itself says nothing of it. */
  pool?: string
  status: 'InProgress' | 'Succeeded' | 'Failed'
  pollsLeft: number
  startTime: string
  endTime?: string
  error?: { code: string; message: string }
}

/** A command that ARM ran in a cluster. It has ended by now, which a client hears after some polls. */
export interface RunCommand {
  /** ARM id of the cluster. */
  cluster: string
  command: string
  /** Polls that are still answered as if it ran. */
  pollsLeft: number | 'endless'
  outcome: RunCommandOutcome
}

/** As ARM tells it, wire names. */
export interface RunCommandOutcome {
  provisioningState: 'Succeeded' | 'Failed'
  exitCode?: number
  startedAt: string
  finishedAt: string
  logs?: string
  reason?: string
}

/** Where ARM's run-command does not work: it is refused, its outcome is lost or a failure, or it never comes. */
export type RunCommandBehaviour =
  | 'works'
  | 'pod does not start'
  | 'no room for the pod'
  | 'pod is denied by policy'
  | 'outcome is lost'
  | 'image pull fails'
  | 'never ends'

/** How an attempt to reach a host ends without the host. */
export type Obstacle = 'no such host' | 'connection refused' | 'timeout'

/** Objects of one cluster by `<apiVersion>/<plural>/<namespace or nothing>/<name>`. */
export interface KubernetesState {
  resourceVersion: number
  objects: Record<string, KubernetesObject>
  /** Rollouts that are under way: how often their workload was read since, by its key. */
  rollouts?: Record<string, number>
  /** Custom resources whose definitions are installed: `applications.argoproj.io`. */
  customResources?: string[]
}

export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    uid?: string
    resourceVersion?: string
    generation?: number
    creationTimestamp?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    managedFields?: ManagedFieldsEntry[]
    ownerReferences?: {
      apiVersion: string
      kind: string
      name: string
      uid: string
      controller?: boolean
      blockOwnerDeletion?: boolean
    }[]
    [field: string]: unknown
  }
  [field: string]: unknown
}

export interface ManagedFieldsEntry {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  fieldsType: 'FieldsV1'
  fieldsV1: { [key: string]: Json }
  time?: string
  subresource?: string
}

/** How rollouts of a cluster's workloads end, by workload name or `*`. */
export type RolloutBehaviour = Record<string, 'completes' | 'image pull fails' | 'crash loops' | 'hangs'>

/** What takes time in Azure, counted in requests instead of seconds. */
export interface Delays {
  /** Polls until a managed-cluster operation succeeds. */
  clusterOperation: number
  /** Token requests refused after a federated credential was written. */
  federatedCredential: number
  /** Role assignments without a principal type, and token requests, that are refused after an identity was made. */
  identity: number
  /** Authorization decisions that overlook a role assignment after it was made. */
  roleAssignment: number
  /** Reads of a workload until its rollout is over. */
  rollout: number
  /** Polls until the outcome of a run-command is told. */
  runCommand: number
}

/** Now, in milliseconds since 1970, by the world's clock. */
export const now = (world: World): number => Date.now() + world.clockAhead

/** A new id, drawn from the world's seed: the same history gives the same ids. */
export function uuid(world: World): string {
  const hex = Array.from({ length: 4 }, () => random(world).toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The next 32 bits of the world's generator (mulberry32). */
function random(world: World): number {
  world.seed = (world.seed + 0x6d2b79f5) | 0
  let bits = Math.imul(world.seed ^ (world.seed >>> 15), 1 | world.seed)
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)
  return (bits ^ (bits >>> 14)) >>> 0
}

/** An independent copy of the world as it is now. */
export const fork = (world: World): World => structuredClone(world)
