import type { KubernetesObject } from '../../world.ts'
import { type LabelSelector, selects } from '../selectors.ts'
import { equal } from '../server-side-apply/typed-value.ts'
import type { StatusCause } from '../status.ts'
import { eachFault, forbidden, invalid, nonNegative, notSupported, required, unless, when } from './faults.ts'
import { dnsLabel, percentage } from './formats.ts'
import { validateAnnotations, validateLabels } from './metadata.ts'
import { type PodSpec, validatePodSpec } from './pod-spec.ts'

interface WorkloadSpec {
  replicas: number
  selector: LabelSelector | null
  template: { metadata: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpec }
  minReadySeconds?: number
}

interface DeploymentSpec extends WorkloadSpec {
  strategy: Strategy
  revisionHistoryLimit: number
  progressDeadlineSeconds: number
}

/** A number of pods, or a percentage of them. */
type Amount = number | string

interface Strategy {
  type: string
  rollingUpdate?: { maxUnavailable?: Amount; maxSurge?: Amount }
}

interface StatefulSetSpec extends WorkloadSpec {
  serviceName: string
  podManagementPolicy: string
  updateStrategy: { type: string; rollingUpdate?: { partition?: number; maxUnavailable?: Amount } }
  [field: string]: unknown
}

export function validateDeployment({ spec }: KubernetesObject, live: KubernetesObject | undefined): StatusCause[] {
  const { replicas, selector, strategy, minReadySeconds = 0, ...rest } = spec as DeploymentSpec
  const { revisionHistoryLimit, progressDeadlineSeconds } = rest
  const isReselected = live !== undefined && !equal(selector, (live.spec as WorkloadSpec).selector)
  const isLate = progressDeadlineSeconds <= minReadySeconds
  return [
    ...nonNegative('spec.replicas', replicas),
    ...validateSelector(selector, 'deployment'),
    ...validateTemplate(spec as WorkloadSpec),
    ...validateStrategy(strategy),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', progressDeadlineSeconds),
    ...when(
      isLate,
      invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds'),
    ),
    ...when(isReselected, invalid('spec.selector', selector, 'field is immutable')),
  ]
}

export function validateStatefulSet({ spec }: KubernetesObject, live: KubernetesObject | undefined): StatusCause[] {
  const { replicas, selector, serviceName, podManagementPolicy, updateStrategy, minReadySeconds } =
    spec as StatefulSetSpec
  const policies = ['OrderedReady', 'Parallel']
  const isMixed = updateStrategy.type === 'OnDelete' && updateStrategy.rollingUpdate
  const { partition = 0, maxUnavailable = null } = updateStrategy.rollingUpdate ?? {}
  const rollingUpdate = { Partition: partition, MaxUnavailable: maxUnavailable }
  return [
    ...unless(
      policies.includes(podManagementPolicy),
      invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"),
    ),
    ...unless(
      ['RollingUpdate', 'OnDelete'].includes(updateStrategy.type),
      invalid('spec.updateStrategy', updateStrategy, "must be 'RollingUpdate' or 'OnDelete'"),
    ),
    ...when(
      isMixed,
      invalid('spec.updateStrategy.rollingUpdate', rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'"),
    ),
    ...nonNegative('spec.updateStrategy.rollingUpdate.partition', partition),
    ...nonNegative('spec.replicas', replicas),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...(live || !serviceName ? [] : eachFault('spec.serviceName', serviceName, dnsLabel)),
    ...validateSelector(selector, 'statefulset'),
    ...validateTemplate(spec as WorkloadSpec),
    ...(live ? validateStatefulSetUpdate(spec as StatefulSetSpec, live.spec as StatefulSetSpec) : []),
  ]
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

function validateStatefulSetUpdate(spec: StatefulSetSpec, before: StatefulSetSpec): StatusCause[] {
  const fixed = (fields: StatefulSetSpec) => Object.entries(fields).filter(([field]) => !changeable.includes(field))
  if (equal(Object.fromEntries(fixed(spec)), Object.fromEntries(fixed(before)))) return []
  const named = changeable.map(field => `'${field}'`)
  const list = `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`
  return [forbidden('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)]
}

function validateSelector(selector: LabelSelector | null, kind: string): StatusCause[] {
  if (!selector) return [required('spec.selector')]
  const labels = validateLabels('spec.selector.matchLabels', selector.matchLabels)
  const isEmpty = !Object.keys(selector.matchLabels ?? {}).length && !selector.matchExpressions?.length
  return [...labels, ...when(isEmpty, invalid('spec.selector', selector, `empty selector is invalid for ${kind}`))]
}

function validateTemplate({ selector, template }: WorkloadSpec): StatusCause[] {
  const { metadata = {}, spec } = template
  const isMissed = selector === null || !selects(selector, metadata.labels)
  const labels = metadata.labels && Object.fromEntries(Object.entries(metadata.labels).sort())
  const why = '`selector` does not match template `labels`'
  return [
    ...when(isMissed, invalid('spec.template.metadata.labels', labels ?? null, why)),
    ...validateLabels('spec.template.labels', metadata.labels),
    ...validateAnnotations('spec.template.annotations', metadata.annotations),
    ...validatePodSpec('spec.template.spec', spec),
    ...unless(
      spec.restartPolicy === 'Always',
      notSupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always']),
    ),
  ]
}

function validateStrategy(strategy: Strategy): StatusCause[] {
  const why = "may not be specified when strategy `type` is 'Recreate'"
  if (strategy.type === 'Recreate') return strategy.rollingUpdate ? [forbidden('spec.strategy.rollingUpdate', why)] : []
  const supported = ['Recreate', 'RollingUpdate']
  const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate ?? {}
  const rollingUpdate = strategy.rollingUpdate ? { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge } : null
  const shown = { Type: strategy.type, RollingUpdate: rollingUpdate }
  if (!supported.includes(strategy.type)) return [notSupported('spec.strategy', shown, supported)]
  return validateRollingUpdate('spec.strategy.rollingUpdate', maxUnavailable, maxSurge)
}

function validateRollingUpdate(field: string, maxUnavailable: Amount, maxSurge: Amount): StatusCause[] {
  const isStuck = sizeOf(maxUnavailable) === 0 && sizeOf(maxSurge) === 0
  const isTooMuch = typeof maxUnavailable === 'string' && sizeOf(maxUnavailable) > 100
  return [
    ...validateAmount(`${field}.maxUnavailable`, maxUnavailable),
    ...validateAmount(`${field}.maxSurge`, maxSurge),
    ...when(isStuck, invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')),
    ...when(isTooMuch, invalid(`${field}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%')),
  ]
}

const validateAmount = (field: string, amount: Amount): StatusCause[] =>
  typeof amount === 'number' ? nonNegative(field, amount) : eachFault(field, amount, percentage)

/** The number in an amount; 0 where it is none. */
const sizeOf = (amount: Amount): number =>
  typeof amount === 'number' ? amount : percentage(amount).length === 0 ? Number.parseInt(amount, 10) : 0

export function validateWorkloadStatus({ kind, status }: KubernetesObject): StatusCause[] {
  const counts = status as Record<string, number>
  const whole = counts.replicas ?? 0
  const compared =
    kind === 'Deployment'
      ? ['updatedReplicas', 'readyReplicas', 'availableReplicas']
      : ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']
  const isTooMany = (field: string) => (counts[field] ?? 0) > whole
  return [
    ...['observedGeneration', 'replicas', ...compared].flatMap(field => nonNegative(`status.${field}`, counts[field])),
    ...compared
      .filter(isTooMany)
      .map(field => invalid(`status.${field}`, counts[field], 'cannot be greater than status.replicas')),
    ...when(
      (counts.availableReplicas ?? 0) > (counts.readyReplicas ?? 0),
      invalid(
        'status.availableReplicas',
        counts.availableReplicas,
        `cannot be greater than ${kind === 'Deployment' ? '' : 'status.'}readyReplicas`,
      ),
    ),
  ]
}
