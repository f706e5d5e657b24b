import type { KubernetesObject } from '../../world.ts'
import type { Resource } from '../resources.ts'
import type { StatusCause } from '../status.ts'

export function validate(
  _resource: Resource,
  _object: KubernetesObject,
  _live: KubernetesObject | undefined,
  _subresource: string,
): StatusCause[] {
  return []
}
