import type { Json, SandboxResponse } from '../exchange.ts'
import { type AksCluster, type ManagedCluster, uuid, type World } from '../world.ts'
import { may } from './authorization.ts'
import { aksError, armError, badRequest, linkedAuthorizationFailed, notInSandbox } from './errors.ts'
import { operationUrl, passTime, poolsOf, startOperation } from './operations.ts'
import { keyOf } from './resource-id.ts'
import type { Call } from './route.ts'

type Fields = { [field: string]: Json }

/** Answers a PUT of a managed cluster: checks what AKS checks, takes the new state and begins the operation that brings it about. */
export function updateManagedCluster(call: Call): SandboxResponse {
  const { request, world, path } = call
  const cluster = world.clusters[keyOf(path)]
  const sent = writable(call.body as Fields)
  const refusal =
    preconditionFault(call, cluster) ??
    (cluster ? updateFault(call, cluster, sent) : notInSandbox('the creation of clusters'))
  if (refusal || !cluster) return refusal!

  cluster.arm = updated(world, cluster.arm, sent)
  const operation = startOperation(world, cluster)
  return {
    status: 200,
    headers: { 'azure-asyncoperation': operationUrl(world, request.host, operation) },
    body: cluster.arm,
  }
}

/** https://learn.microsoft.com/azure/aks/use-etags */
function preconditionFault({ request, world }: Call, cluster: AksCluster | undefined): SandboxResponse | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = request.headers
  if (match && noneMatch) return badRequest('If-Match and If-None-Match cannot be sent together.')
  if (noneMatch && noneMatch !== '*') return badRequest("If-None-Match takes no value but '*'.")
  if (noneMatch && cluster) return preconditionFailed('The resource exists already.')
  if (!match && !cluster?.operation) return undefined

  if (cluster) passTime(world, cluster)
  const stale = match !== undefined && match !== cluster?.arm.eTag
  if (cluster?.operation) return stale ? etagMismatch() : operationNotAllowed(world, cluster)
  return stale ? preconditionFailed('The eTag of the resource is another one.') : undefined
}

function updateFault(call: Call, cluster: AksCluster, sent: Fields): SandboxResponse | undefined {
  const { arm } = cluster
  const { properties } = arm
  const wanted = (sent.properties ?? {}) as Partial<ManagedCluster['properties']>
  if (sent.location !== arm.location) {
    return armError(
      409,
      'InvalidResourceLocation',
      `The resource '${arm.name}' already exists in location '${arm.location}'.`,
    )
  }
  const lost = alwaysSent.filter(name => properties[name] !== undefined && wanted[name] === undefined)
  if (lost.length > 0) return notInSandbox(`what becomes of ${lost.join(', ')} when an update leaves it out`)
  if (properties.powerState.code !== 'Running') {
    return aksError(
      400,
      'OperationNotAllowed',
      `managed cluster is in Provisioning State(${properties.provisioningState}) and Power State(${properties.powerState.code}), updating cannot be performed`,
    )
  }
  const issuerOn = wanted.oidcIssuerProfile?.enabled ?? properties.oidcIssuerProfile?.enabled ?? false
  if (properties.oidcIssuerProfile?.enabled && !issuerOn) {
    return aksError(400, 'OIDCIssuerFeatureCannotBeDisabled', 'OIDC issuer feature cannot be disabled.')
  }
  if (wanted.securityProfile?.workloadIdentity?.enabled && !issuerOn) {
    return badRequest('Enabling workload identity requires enabling OIDC issuer.')
  }
  return linkedFault(call, sent)
}

/** ARM also asks for rights on what the body refers to, whether it changes or not. */
function linkedFault({ world, caller, path }: Call, sent: Fields): SandboxResponse | undefined {
  const identities = identitiesIn(sent)
  const links = [
    ...identities.map(scope => ({ scope, action: 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' })),
    ...subnetsIn(sent).map(scope => ({ scope, action: 'Microsoft.Network/virtualNetworks/subnets/join/action' })),
    ...workspacesIn(sent).map(scope => ({ scope, action: 'Microsoft.OperationalInsights/workspaces/sharedkeys/read' })),
  ]
  const denied = links.find(({ scope, action }) => !may(world, caller, action, scope))
  if (denied) {
    const write = 'Microsoft.ContainerService/managedClusters/write'
    return linkedAuthorizationFailed(caller, write, path, denied.action, denied.scope)
  }
  const missing = identities.find(id => !world.identities[keyOf(id)])
  if (!missing) return undefined
  return armError(
    400,
    'FailedIdentityOperation',
    `Identity operation for resource '${path}' failed: Resource '${missing}' was not found.`,
  )
}

const identitiesIn = ({ identity }: Fields): string[] =>
  Object.keys((identity as ManagedCluster['identity'] | undefined)?.userAssignedIdentities ?? {})

function subnetsIn({ properties = {} }: Fields): string[] {
  const { agentPoolProfiles, apiServerAccessProfile } = properties as {
    agentPoolProfiles?: { vnetSubnetID?: string; podSubnetID?: string }[]
    apiServerAccessProfile?: { subnetId?: string }
  }
  const pools = (agentPoolProfiles ?? []).flatMap(({ vnetSubnetID, podSubnetID }) => [vnetSubnetID, podSubnetID])
  return [...new Set([...pools, apiServerAccessProfile?.subnetId].filter(subnet => subnet !== undefined))]
}

/** Where the monitoring addon sends its logs, with a key that it fetches. */
function workspacesIn({ properties = {} }: Fields): string[] {
  const { addonProfiles } = properties as {
    addonProfiles?: { omsagent?: { enabled?: boolean; config?: { logAnalyticsWorkspaceResourceID?: string } } }
  }
  const { enabled, config } = addonProfiles?.omsagent ?? {}
  return enabled && config?.logAnalyticsWorkspaceResourceID ? [config.logAnalyticsWorkspaceResourceID] : []
}

function updated(world: World, current: ManagedCluster, sent: Fields): ManagedCluster {
  const merged = merge(current as unknown as Fields, sent) as unknown as ManagedCluster
  const pools = (merged.properties.agentPoolProfiles ?? []) as Fields[]
  return {
    ...merged,
    tags: (sent.tags ?? {}) as Record<string, string>,
    eTag: uuid(world),
    identity: identityBlock(world, current.identity, sent.identity as ManagedCluster['identity'] | undefined),
    properties: {
      ...merged.properties,
      provisioningState: 'Updating',
      agentPoolProfiles: pools.map(pool => ({ ...pool, eTag: uuid(world) })),
    },
  }
}

/** The control plane's identity as it was sent, with the ids that only Azure knows. */
function identityBlock(
  world: World,
  current: ManagedCluster['identity'],
  sent: ManagedCluster['identity'] | undefined,
): ManagedCluster['identity'] {
  if (!sent) return current
  if (sent.type === 'SystemAssigned') {
    return current.type === 'SystemAssigned'
      ? current
      : { type: 'SystemAssigned', principalId: uuid(world), tenantId: world.tenantId }
  }
  const assigned = Object.keys(sent.userAssignedIdentities ?? {}).map(id => {
    const { principalId, clientId } = world.identities[keyOf(id)]!
    return [id, { principalId, clientId }]
  })
  return { type: sent.type, userAssignedIdentities: Object.fromEntries(assigned) }
}

/**
 * What was sent over what is there: AKS keeps properties that the caller's api-version does not know, so nothing is lost by
 * leaving it out. Lists are replaced, but for entries that carry a name, such as agent pools.
 */
function merge(current: Json | undefined, sent: Json): Json {
  if (Array.isArray(sent) && Array.isArray(current)) {
    return sent.map(entry =>
      merge(
        current.find(other => nameOf(other) !== undefined && nameOf(other) === nameOf(entry)),
        entry,
      ),
    )
  }
  if (!isFields(sent)) return sent
  const base = isFields(current) ? current : {}
  return {
    ...base,
    ...Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, merge(base[name], value)])),
  }
}

/** A body without what only AKS writes: sent back with the rest after a GET, it is ignored. */
function writable(body: Fields): Fields {
  return without(
    body,
    readOnly.map(path => path.split('.')),
  ) as Fields
}

function without(value: Json, paths: string[][]): Json {
  if (Array.isArray(value)) return value.map(entry => without(entry, inside(paths, '*')))
  if (!isFields(value)) return value
  const kept = Object.entries(value).filter(([name]) => !paths.some(path => path.length === 1 && path[0] === name))
  return Object.fromEntries(kept.map(([name, child]) => [name, without(child, inside(paths, name))]))
}

const inside = (paths: string[][], name: string): string[][] =>
  paths.filter(([head, ...rest]) => rest.length > 0 && (head === '*' || head === name)).map(([, ...rest]) => rest)

/** Read-only properties of the managed cluster model; a star stands for every entry of a list or map. */
const readOnly = [
  'id',
  'name',
  'type',
  'systemData',
  'eTag',
  'identity.principalId',
  'identity.tenantId',
  'identity.userAssignedIdentities.*.principalId',
  'identity.userAssignedIdentities.*.clientId',
  'properties.provisioningState',
  'properties.powerState',
  'properties.maxAgentPools',
  'properties.currentKubernetesVersion',
  'properties.fqdn',
  'properties.privateFQDN',
  'properties.azurePortalFQDN',
  'properties.resourceUID',
  'properties.status',
  'properties.oidcIssuerProfile.issuerURL',
  'properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs',
  'properties.agentPoolProfiles.*.eTag',
  'properties.agentPoolProfiles.*.currentOrchestratorVersion',
  'properties.agentPoolProfiles.*.provisioningState',
]

/** Properties that every client sends back with an update, `az aks update` included. */
const alwaysSent = [
  'kubernetesVersion',
  'dnsPrefix',
  'agentPoolProfiles',
  'nodeResourceGroup',
  'enableRBAC',
  'networkProfile',
  'aadProfile',
  'apiServerAccessProfile',
  'identityProfile',
  'disableLocalAccounts',
]

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nameOf = (value: Json): Json | undefined => (isFields(value) ? value.name : undefined)

const preconditionFailed = (why: string): SandboxResponse =>
  armError(412, 'PreconditionFailed', `The precondition of the request is not met. ${why}`)

function operationNotAllowed(world: World, { arm, operation = '' }: AksCluster): SandboxResponse {
  const name = world.operations[operation]?.pool
  const pool = poolsOf(arm.properties).find(pool => pool.name === name)
  const other = pool
    ? `agentpool operation (${name} - ${pool.provisioningState})`
    : `operation (${arm.properties.provisioningState})`
  return armError(
    409,
    'OperationNotAllowed',
    `Operation is not allowed: Another ${other} is in progress, please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details`,
  )
}

const etagMismatch = (): SandboxResponse =>
  aksError(409, 'EtagMismatch', 'Operation is not allowed: Another operation is in progress', {
    details: [{ code: 'Unspecified', message: 'rpc error: code = FailedPrecondition desc = Etag mismatched' }],
    subcode: 'PutManagedClusterAndComponents_FailedPrecondition',
  })
