import { createHash } from 'node:crypto'
import type { SandboxResponse } from '../exchange.ts'
import {
  type AksCluster,
  type ManagedCluster,
  type ManagedClusterProperties,
  now,
  type Operation,
  uuid,
  type World,
} from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { armError } from './errors.ts'
import { placeOf } from './resource-id.ts'
import type { Call, Route } from './route.ts'

/**
 * Asynchronous operations of AKS: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 * No role is needed to poll one, since the URL carries a signature: people with a role on one resource group follow updates
 * although the URL lies at the subscription.
 */
export const operationRoutes: Route[] = [
  {
    method: 'GET',
    path: '/subscriptions/:subscription/providers/Microsoft.ContainerService/locations/:location/operations/:operation',
    apiVersions: apiVersions.containerServiceOperations,
    answer: status,
  },
]

/** Begins an update of a cluster, or of an agent pool of it; it goes on with every look at the cluster or the operation. */
export function startOperation(world: World, cluster: AksCluster, pool?: string): Operation {
  const operation: Operation = {
    id: uuid(world),
    cluster: cluster.arm.id,
    ...(pool && { pool }),
    status: 'InProgress',
    pollsLeft: world.delays.clusterOperation,
    startTime: time(world),
    ...(cluster.nextUpdateFails && { error: cluster.nextUpdateFails }),
  }
  delete cluster.nextUpdateFails
  world.operations[operation.id] = operation
  cluster.operation = operation.id
  return operation
}

/** Lets the time of one poll pass for a cluster's running operation, and ends it when its time is over. */
export function passTime(world: World, cluster: AksCluster): void {
  const operation = cluster.operation && world.operations[cluster.operation]
  if (!operation) return
  if (operation.pollsLeft > 0) {
    operation.pollsLeft -= 1
    return
  }
  operation.status = operation.error ? 'Failed' : 'Succeeded'
  operation.endTime = time(world)
  delete cluster.operation

  const { arm } = cluster
  if (operation.pool) {
    endOfPool(world, arm, operation)
    return
  }
  arm.eTag = uuid(world)
  arm.properties.provisioningState = operation.status
  if (operation.error) return
  const issuer = arm.properties.oidcIssuerProfile
  if (issuer?.enabled) issuer.issuerURL = cluster.issuerUrl
}

/** What happens to a pool changes its eTag alone, not that of the cluster (https://learn.microsoft.com/azure/aks/use-etags). */
function endOfPool(world: World, { properties }: ManagedCluster, { pool: name, status }: Operation): void {
  const pool = poolsOf(properties).find(pool => pool.name === name)
  if (pool) Object.assign(pool, { provisioningState: status, eTag: uuid(world) })
}

/** The agent pools of a cluster, as far as operations touch them. */
export const poolsOf = ({ agentPoolProfiles = [] }: ManagedClusterProperties) =>
  agentPoolProfiles as { name: string; provisioningState: string; eTag: string }[]

/** Where a client asks how an operation is getting on; the query is part of the address and has to come back as it is. */
export function operationUrl(world: World, host: string, { id, cluster, startTime }: Operation): string {
  const location = Object.values(world.clusters).find(({ arm }) => arm.id === cluster)!.arm.location
  const query = new URLSearchParams({
    'api-version': '2016-03-30',
    t: startTime,
    c: 'sandbox',
    s: signature(id),
    h: 'sandbox',
  })
  const { subscription } = placeOf(cluster)
  return `https://${host}/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/${location}/operations/${id}?${query}`
}

function status({ request, world, parameters }: Call): SandboxResponse {
  const operation = world.operations[parameters.operation!]
  if (!operation) return armError(404, 'NotFound', `The entity was not found.`)
  if (request.query.get('s') !== signature(operation.id)) {
    return armError(403, 'InvalidSignature', 'The signature of the operation URL is not the one that was issued.')
  }
  const cluster = Object.values(world.clusters).find(({ arm }) => arm.id === operation.cluster)
  if (cluster?.operation === operation.id) passTime(world, cluster)

  const { id, startTime, endTime, error } = operation
  const ended = operation.status !== 'InProgress'
  return {
    status: 200,
    body: { name: id, status: operation.status, startTime, ...(ended && { endTime, ...(error && { error }) }) },
  }
}

const signature = (operation: string): string => createHash('sha256').update(operation).digest('base64url')

const time = (world: World): string => new Date(now(world)).toISOString()
