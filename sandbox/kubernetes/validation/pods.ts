import type { Json } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { equal } from '../server-side-apply/typed-value.ts'
import type { StatusCause } from '../status.ts'
import { forbidden, invalid } from './faults.ts'
import { type PodSpec, validatePodSpec } from './pod-spec.ts'

interface ProjectedVolume {
  projected?: { sources: { serviceAccountToken?: object }[] | null }
}

export function validatePod({ spec }: KubernetesObject, live: KubernetesObject | undefined): StatusCause[] {
  return [
    ...validatePodSpec('spec', spec as PodSpec),
    ...validateTokens(spec as PodSpec),
    ...validateWhitespace(spec as PodSpec),
    ...(live ? validateUpdate(spec as PodSpec, live.spec as PodSpec) : []),
  ]
}

function validateTokens({ serviceAccountName, volumes = [] }: PodSpec): StatusCause[] {
  if (serviceAccountName) return []
  return (volumes as ProjectedVolume[]).flatMap(({ projected }, index) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, at) => {
      const field = `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`
      return serviceAccountToken ? [forbidden(field, 'must not be specified when serviceAccountName is not set')] : []
    }),
  )
}

/** A template may hold such an image, a pod may not. */
function validateWhitespace(spec: PodSpec): StatusCause[] {
  return (['containers', 'initContainers'] as const).flatMap(list =>
    (spec[list] ?? []).flatMap(({ image = '' }, index) =>
      image === image.trim()
        ? []
        : [invalid(`spec.${list}[${index}].image`, image, 'must not have leading or trailing whitespace')],
    ),
  )
}

const updatable = [
  ...['`spec.containers[*].image`', '`spec.initContainers[*].image`', '`spec.activeDeadlineSeconds`'],
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

/** A pod that exists may change its images and little else. */
function validateUpdate(spec: PodSpec, before: PodSpec): StatusCause[] {
  for (const list of ['containers', 'initContainers'] as const) {
    const why = 'pod updates may not add or remove containers'
    if ((spec[list] ?? []).length !== (before[list] ?? []).length) return [forbidden(`spec.${list}`, why)]
  }
  const why = 'existing toleration can not be modified except its tolerationSeconds'
  const isTolerated = (old: object) => (spec.tolerations ?? []).some(each => equal(stable(each), stable(old)))
  const lost = (before.tolerations ?? []).every(isTolerated) ? [] : [forbidden('spec.tolerations', why)]
  if (equal(withoutUpdatable(spec, before), withoutUpdatable(before, before))) return lost
  return [...lost, forbidden('spec', `pod updates may not change fields other than ${updatable.join(',')}`)]
}

const stable = ({ tolerationSeconds: _, ...toleration }: { tolerationSeconds?: number }): Json => toleration

function withoutUpdatable({ tolerations: _, activeDeadlineSeconds: __, ...spec }: PodSpec, before: PodSpec): Json {
  const mayBecomeOne = before.terminationGracePeriodSeconds < 0 && spec.terminationGracePeriodSeconds === 1
  const grace = mayBecomeOne ? before.terminationGracePeriodSeconds : spec.terminationGracePeriodSeconds
  const imageless = (list: PodSpec['containers']) => (list ?? []).map(({ image: _image, ...rest }) => rest)
  return {
    ...spec,
    containers: imageless(spec.containers),
    initContainers: imageless(spec.initContainers ?? []),
    terminationGracePeriodSeconds: grace,
  } as Json
}

export function validatePodStatus({ status }: KubernetesObject, live: KubernetesObject): StatusCause[] {
  const { qosClass } = status as { qosClass?: string }
  const before = (live.status as { qosClass?: string }).qosClass
  return qosClass === before ? [] : [invalid('status.qosClass', qosClass ?? '', 'field is immutable')]
}
