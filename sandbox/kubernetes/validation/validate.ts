import type { KubernetesObject } from '../../world.ts'
import type { Binding, Role } from '../rbac.ts'
import type { Resource } from '../resources.ts'
import type { StatusCause } from '../status.ts'
import { type Configuration, validateConfigMap, validateSecret } from './configuration.ts'
import { invalid, required, when } from './faults.ts'
import { dnsLabel, dnsSubdomain, pathSegment } from './formats.ts'
import { type NameRule, validateFinalizers, validateMetadata, validateMetadataUpdate } from './metadata.ts'
import { validatePod, validatePodStatus } from './pods.ts'
import { validateBinding, validateRole } from './rbac.ts'
import { validateDeployment, validateStatefulSet, validateWorkloadStatus } from './workloads.ts'

/** Everything that is wrong with an object; `live` is what it replaces. */
export function validate(
  resource: Resource,
  object: KubernetesObject,
  live: KubernetesObject | undefined,
  subresource: string,
): StatusCause[] {
  return [
    ...validateMetadata(object, live ? pathSegment : nameRuleOf(resource), resource.namespaced),
    ...(live ? validateMetadataUpdate(object, live) : []),
    ...validateFinalizers(object),
    ...(resource.custom
      ? when(object.spec === undefined, required('spec'))
      : subresource === 'status'
        ? validateStatus(object, live!)
        : validateContent(object, live)),
  ]
}

function nameRuleOf({ kind, apiVersion }: Resource): NameRule {
  if (apiVersion.startsWith('rbac.')) return pathSegment
  return kind === 'Namespace' || kind === 'StatefulSet' ? dnsLabel : dnsSubdomain
}

function validateContent(object: KubernetesObject, live: KubernetesObject | undefined): StatusCause[] {
  if (object.kind === 'ConfigMap') return validateConfigMap(object as Configuration, live as Configuration)
  if (object.kind === 'Secret') return validateSecret(object as Configuration, live as Configuration)
  if (object.kind === 'Pod') return validatePod(object, live)
  if (object.kind === 'Deployment') return validateDeployment(object, live)
  if (object.kind === 'StatefulSet') return validateStatefulSet(object, live)
  if (object.kind.endsWith('RoleBinding')) return validateBinding(object as Binding, live)
  return object.kind.endsWith('Role') ? validateRole(object as Role) : []
}

function validateStatus(object: KubernetesObject, live: KubernetesObject): StatusCause[] {
  if (object.apiVersion === 'apps/v1') return validateWorkloadStatus(object)
  if (object.kind === 'Pod') return validatePodStatus(object, live)
  const { phase } = object.status as { phase?: string }
  if (phase === 'Active') return []
  return [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")]
}
