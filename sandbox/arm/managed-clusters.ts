import type { SandboxResponse } from '../exchange.ts'
import * as apiVersions from './api-versions.ts'
import { contains } from './authorization.ts'
import { updateManagedCluster } from './cluster-update.ts'
import { resourceNotFound } from './errors.ts'
import { passTime } from './operations.ts'
import { page } from './paging.ts'
import { authorizationScope, keyOf } from './resource-id.ts'
import type { Call, Route } from './route.ts'

const collection = '/providers/Microsoft.ContainerService/managedClusters'
const cluster = `/subscriptions/:subscription/resourceGroups/:resourceGroup${collection}/:name`
const action = 'Microsoft.ContainerService/managedClusters'

/** AKS clusters as resources; what goes on inside of them is the business of their API servers. */
export const managedClusterRoutes: Route[] = [
  { method: 'GET', path: cluster, action: `${action}/read`, apiVersions: apiVersions.containerService, answer: get },
  {
    method: 'PUT',
    path: cluster,
    action: `${action}/write`,
    apiVersions: apiVersions.containerService,
    answer: updateManagedCluster,
  },
  ...[
    `/subscriptions/:subscription${collection}`,
    `/subscriptions/:subscription/resourceGroups/:resourceGroup${collection}`,
  ].map(
    (path): Route => ({
      method: 'GET',
      path,
      action: `${action}/read`,
      apiVersions: apiVersions.containerService,
      answer: list,
    }),
  ),
]

/** The answer where a cluster is not there. */
export const clusterNotFound = ({ resourceGroup, name }: Record<string, string>): SandboxResponse =>
  resourceNotFound('Microsoft.ContainerService/managedClusters', name!, resourceGroup!)

function get({ world, path, parameters }: Call): SandboxResponse {
  const cluster = world.clusters[keyOf(path)]
  if (!cluster) return clusterNotFound(parameters)
  passTime(world, cluster)
  return { status: 200, body: cluster.arm }
}

function list(call: Call): SandboxResponse {
  const clusters = Object.values(call.world.clusters).filter(({ arm }) =>
    contains(authorizationScope(call.path), arm.id),
  )
  return {
    status: 200,
    body: page(
      call,
      clusters.map(({ arm }) => arm),
      call.world.pageSize ?? 100,
    ),
  }
}
