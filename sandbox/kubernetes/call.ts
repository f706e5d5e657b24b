import type { SandboxRequest } from '../exchange.ts'
import type { AksCluster, KubernetesObject, World } from '../world.ts'
import type { User } from './authentication.ts'
import type { ResourceRequest } from './request-info.ts'
import type { Resource } from './resources.ts'
import type { Owner } from './server-side-apply/managed-fields.ts'
import { find } from './storage.ts'
import { strategyOf } from './strategy.ts'
import { currentTime } from './timestamp.ts'

/** A request for a served resource, with everything that answering it needs. */
export interface Call {
  request: SandboxRequest
  info: ResourceRequest
  resource: Resource
  user: User
  cluster: AksCluster
  world: World
}

/** The namespace of the objects that the call is about, `''` for cluster-scoped ones. */
export const namespaceOf = ({ resource, info }: Call): string => (resource.namespaced ? info.namespace : '')

/** The object that the call is about, as it is now. */
export const findLive = (call: Call): KubernetesObject | undefined =>
  find(call.cluster.kubernetes, call.resource.apiVersion, call.resource.plural, namespaceOf(call), call.info.name)

/** Under which name and at what time the call's fields are owned, and which it never owns. */
export function tracking({ resource, info, world }: Call, operation: Owner['operation'], manager: string) {
  const subresource = info.subresource ? { subresource: info.subresource } : {}
  return {
    owner: { manager, operation, apiVersion: resource.apiVersion, ...subresource },
    time: currentTime(world),
    ignored: strategyOf(resource, info.subresource).resetFields,
  }
}
