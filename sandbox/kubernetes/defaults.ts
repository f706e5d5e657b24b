import type { KubernetesObject } from '../world.ts'
import { definitionOf, type Shape, shapeOf } from './schema.ts'

// biome-ignore lint/suspicious/noExplicitAny: the values are as many types as Kubernetes has structs, and were decoded by their schema.
type Fields = Record<string, any>

/**
 * Fills in what Kubernetes fills in, definition by definition, from the inside out: the functions SetDefaults_* of
 * k8s.io/kubernetes, pkg/apis/{core,apps,rbac}/v1/defaults.go. Works on the object itself.
 */
export function applyDefaults(object: KubernetesObject): KubernetesObject {
  walk(shapeOf(object), object)
  return object
}

function walk(shape: Shape, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (typeof shape !== 'string') {
    for (const each of Object.values(value)) walk('list' in shape ? shape.list : shape.map, each)
    return
  }
  const definition = definitionOf(shape)
  if (!definition) return
  for (const [field, fieldShape] of Object.entries(definition.fields)) walk(fieldShape, (value as Fields)[field])
  defaults[shape.replace('*', '')]?.(value as Fields)
}

const port = (port: Fields) => {
  port.protocol ||= 'TCP'
}
const mode = (source: Fields) => {
  source.defaultMode ??= 0o644
}
const container = (container: Fields) => {
  container.imagePullPolicy ||= isLatest(container.image ?? '') ? 'Always' : 'IfNotPresent'
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
}

const defaults: Record<string, (fields: Fields) => void> = {
  'core.v1.Namespace': namespace => {
    if (!namespace.metadata.name) return
    namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name }
  },
  'core.v1.NamespaceStatus': status => {
    status.phase ||= 'Active'
  },
  'core.v1.Secret': secret => {
    secret.type ||= 'Opaque'
  },
  'core.v1.Pod': pod => {
    pod.spec.enableServiceLinks ??= true
    if (pod.spec.terminationGracePeriodSeconds < 0) pod.spec.terminationGracePeriodSeconds = 1
    pod.status.phase ||= 'Pending'
    for (const { resources } of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]) {
      if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests }
    }
    const hosted = pod.spec.hostNetwork ? [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])] : []
    for (const port of hosted.flatMap((each: Fields) => each.ports ?? [])) port.hostPort ||= port.containerPort
  },
  'core.v1.PodSpec': spec => {
    spec.dnsPolicy ||= 'ClusterFirst'
    spec.restartPolicy ||= 'Always'
    spec.securityContext ??= {}
    spec.terminationGracePeriodSeconds ??= 30
    spec.schedulerName ||= 'default-scheduler'
    // The older name of the field is kept alike: k8s.io/kubernetes, pkg/apis/core/v1/conversion.go.
    spec.serviceAccountName ||= spec.serviceAccount
    spec.serviceAccount = spec.serviceAccountName
    if (!spec.serviceAccountName) {
      delete spec.serviceAccountName
      delete spec.serviceAccount
    }
  },
  'core.v1.Container': container,
  'core.v1.EphemeralContainer': container,
  'core.v1.ContainerPort': port,
  'core.v1.Probe': probe => {
    probe.timeoutSeconds ||= 1
    probe.periodSeconds ||= 10
    probe.successThreshold ||= 1
    probe.failureThreshold ||= 3
  },
  'core.v1.HTTPGetAction': action => {
    action.path ||= '/'
    action.scheme ||= 'HTTP'
  },
  'core.v1.GRPCAction': action => {
    action.service ??= ''
  },
  'core.v1.Volume': volume => {
    if (Object.keys(volume).every(field => field === 'name')) volume.emptyDir = {}
  },
  'core.v1.SecretVolumeSource': mode,
  'core.v1.ConfigMapVolumeSource': mode,
  'core.v1.DownwardAPIVolumeSource': mode,
  'core.v1.ProjectedVolumeSource': mode,
  'core.v1.ServiceAccountTokenProjection': projection => {
    projection.expirationSeconds ??= 3600
  },
  'core.v1.HostPathVolumeSource': source => {
    source.type ??= ''
  },
  'core.v1.ObjectFieldSelector': selector => {
    selector.apiVersion ||= 'v1'
  },
  'core.v1.PersistentVolumeClaim': claim => {
    claim.status.phase ||= 'Pending'
  },
  'core.v1.PersistentVolumeClaimSpec': spec => {
    spec.volumeMode ??= 'Filesystem'
  },
  'apps.v1.Deployment': ({ spec }) => {
    spec.replicas ??= 1
    spec.strategy.type ||= 'RollingUpdate'
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate }
    }
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
  },
  'apps.v1.StatefulSet': ({ spec }) => {
    spec.podManagementPolicy ||= 'OrderedReady'
    if (!spec.updateStrategy.type) {
      spec.updateStrategy = { rollingUpdate: {}, ...spec.updateStrategy, type: 'RollingUpdate' }
    }
    if (spec.updateStrategy.type === 'RollingUpdate' && spec.updateStrategy.rollingUpdate) {
      spec.updateStrategy.rollingUpdate = { partition: 0, ...spec.updateStrategy.rollingUpdate }
    }
    const retain = { whenDeleted: 'Retain', whenScaled: 'Retain' }
    spec.persistentVolumeClaimRetentionPolicy = { ...retain, ...spec.persistentVolumeClaimRetentionPolicy }
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
  },
  'rbac.v1.ClusterRoleBinding': ({ roleRef }) => {
    roleRef.apiGroup ||= 'rbac.authorization.k8s.io'
  },
  'rbac.v1.RoleBinding': ({ roleRef }) => {
    roleRef.apiGroup ||= 'rbac.authorization.k8s.io'
  },
  'rbac.v1.Subject': subject => {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= 'rbac.authorization.k8s.io'
  },
}

/** An image without tag and digest is `latest`; one that cannot be read has no tag at all. */
function isLatest(image: string): boolean {
  const reference =
    /^((?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?(@.+:[0-9a-fA-F]{32,})?$/
  const [whole, , tag, digest] = reference.exec(image) ?? []
  return whole !== undefined && (tag === 'latest' || (tag === undefined && digest === undefined))
}
