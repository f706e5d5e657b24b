import { compareQuantities } from '../quantity.ts'
import type { StatusCause } from '../status.ts'
import {
  duplicate,
  eachFault,
  forbidden,
  invalid,
  nonNegative,
  notFound,
  oneOf,
  required,
  unless,
  when,
} from './faults.ts'
import { dnsLabel, dnsSubdomain, portName, portNumber } from './formats.ts'
import { validateLabels } from './metadata.ts'

/** Defaults are filled in before anything is validated. */
export interface PodSpec {
  containers: Container[] | null
  initContainers?: Container[]
  volumes?: Volume[]
  restartPolicy: string
  dnsPolicy: string
  nodeSelector?: Record<string, string>
  serviceAccountName?: string
  hostNetwork?: boolean
  activeDeadlineSeconds?: number
  terminationGracePeriodSeconds: number
  tolerations?: { key?: string; operator?: string; value?: string; effect?: string; tolerationSeconds?: number }[]
  [field: string]: unknown
}

interface Container {
  name: string
  image?: string
  imagePullPolicy: string
  terminationMessagePolicy: string
  ports?: { name?: string; containerPort: number; hostPort?: number; hostIP?: string; protocol: string }[]
  env?: { name: string; value?: string; valueFrom?: Record<string, Record<string, string>> }[]
  volumeMounts?: { name: string; mountPath: string }[]
  resources: { limits?: Record<string, string>; requests?: Record<string, string> }
  livenessProbe?: Probe
  readinessProbe?: Probe
  startupProbe?: Probe
  [field: string]: unknown
}

interface Probe {
  httpGet?: { port: number | string; scheme: string }
  exec?: { command?: string[] }
  tcpSocket?: { port: number | string }
  grpc?: object
  [seconds: string]: unknown
}

interface Volume {
  name: string
  [source: string]: unknown
}

/** A pod's spec or a template's; `field` is where it stands. */
export function validatePodSpec(field: string, spec: PodSpec): StatusCause[] {
  const volumes = spec.volumes ?? []
  const inVolumes = volumes.flatMap((volume, index) =>
    validateVolume(`${field}.volumes[${index}]`, volume, volumes.slice(0, index)),
  )
  const mountable = new Set(
    volumes
      .filter((_, index) => !inVolumes.some(({ field: at }) => at.startsWith(`${field}.volumes[${index}]`)))
      .map(({ name }) => name),
  )
  return [
    ...inVolumes,
    ...validateContainers(`${field}.containers`, spec.containers ?? [], mountable),
    ...validateInitContainers(`${field}.initContainers`, spec, mountable),
    ...validateHostPorts(`${field}.containers`, spec),
    ...repeatedHostPorts(`${field}.containers`, spec.containers ?? []),
    ...(spec.initContainers ?? []).flatMap(container => repeatedHostPorts(`${field}.initContainers`, [container])),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...validateLabels(`${field}.nodeSelector`, spec.nodeSelector),
    ...(spec.serviceAccountName ? eachFault(`${field}.serviceAccountName`, spec.serviceAccountName, dnsSubdomain) : []),
  ]
}

function validateVolume(field: string, volume: Volume, before: Volume[]): StatusCause[] {
  const projected = volume.projected as
    | { sources: { serviceAccountToken?: { path: string; expirationSeconds: number } }[] | null }
    | undefined
  const tokens = (projected?.sources ?? []).flatMap((source, index) => {
    const { path, expirationSeconds } = source.serviceAccountToken ?? { path: '-', expirationSeconds: 3600 }
    const at = `${field}.projected.sources[${index}].serviceAccountToken.expirationSeconds`
    return [
      ...when(
        expirationSeconds < 600,
        invalid(at, expirationSeconds, 'may not specify a duration less than 10 minutes'),
      ),
      ...unless(path, required(`${field}.projected.path`)),
    ]
  })
  const secret = volume.secret as { secretName?: string } | undefined
  const configMap = volume.configMap as { name?: string } | undefined
  const surplus = Object.keys(volume)
    .filter(source => source !== 'name')
    .sort(byOrderOfCheck)
    .slice(1)
  return [
    ...tokens,
    ...surplus.map(source => forbidden(`${field}.${source}`, 'may not specify more than 1 volume type')),
    ...when(secret && !secret.secretName, required(`${field}.secret.secretName`)),
    ...when(configMap && !configMap.name, required(`${field}.configMap.name`)),
    ...(volume.name ? eachFault(`${field}.name`, volume.name, dnsLabel) : [required(`${field}.name`)]),
    ...when(
      before.some(({ name }) => name === volume.name),
      duplicate(`${field}.name`, volume.name),
    ),
  ]
}

/** The order in which kube-apiserver looks for sources; the first one counts. */
const sources = [
  'emptyDir',
  'hostPath',
  'secret',
  'persistentVolumeClaim',
  'configMap',
  'downwardAPI',
  'projected',
  'csi',
]
const byOrderOfCheck = (a: string, b: string) => sources.indexOf(a) - sources.indexOf(b)

function validateContainers(field: string, containers: Container[], volumes: Set<string>): StatusCause[] {
  if (containers.length === 0) return [required(field)]
  return containers.flatMap((container, index) => [
    ...validateContainer(`${field}[${index}]`, container, volumes),
    ...when(
      containers.slice(0, index).some(({ name }) => name === container.name),
      duplicate(`${field}[${index}].name`, container.name),
    ),
    ...probes.flatMap(probe => validateProbe(`${field}[${index}].${probe}`, probe, container[probe])),
  ])
}

function validateInitContainers(
  field: string,
  { initContainers = [], containers }: PodSpec,
  volumes: Set<string>,
): StatusCause[] {
  return initContainers.flatMap((container, index) => {
    const others = [...(containers ?? []), ...initContainers.slice(0, index)]
    const isSidecar = container.restartPolicy === 'Always'
    const why = 'may not be set for init containers without restartPolicy=Always'
    return [
      ...validateContainer(`${field}[${index}]`, container, volumes),
      ...when(
        others.some(({ name }) => name === container.name),
        duplicate(`${field}[${index}].name`, container.name),
      ),
      ...probes.flatMap(probe => {
        if (isSidecar) return validateProbe(`${field}[${index}].${probe}`, probe, container[probe])
        return container[probe] ? [forbidden(`${field}[${index}].${probe}`, why)] : []
      }),
    ]
  })
}

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const

function validateContainer(field: string, container: Container, volumes: Set<string>): StatusCause[] {
  const { name, image, ports = [], env = [], volumeMounts = [], imagePullPolicy } = container
  return [
    ...(name ? eachFault(`${field}.name`, name, dnsLabel) : [required(`${field}.name`)]),
    ...unless(image, required(`${field}.image`)),
    ...oneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...ports.flatMap((port, index) => validatePort(`${field}.ports[${index}]`, port, ports.slice(0, index))),
    ...env.flatMap((variable, index) => validateVariable(`${field}.env[${index}]`, variable)),
    ...volumeMounts.flatMap((mount, index) =>
      validateMount(`${field}.volumeMounts[${index}]`, mount, volumeMounts.slice(0, index), volumes),
    ),
    ...oneOf(`${field}.imagePullPolicy`, imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateResources(`${field}.resources`, container.resources),
  ]
}

type Port = NonNullable<Container['ports']>[number]

function validatePort(field: string, port: Port, before: Port[]): StatusCause[] {
  const name = port.name ?? ''
  const inName = name ? eachFault(`${field}.name`, name, portName) : []
  const isTaken = name !== '' && inName.length === 0 && before.some(other => other.name === name)
  return [
    ...inName,
    ...when(isTaken, duplicate(`${field}.name`, name)),
    ...(port.containerPort === 0
      ? [required(`${field}.containerPort`)]
      : portNumber(port.containerPort).map(fault => invalid(`${field}.containerPort`, port.containerPort, fault))),
    ...(port.hostPort
      ? portNumber(port.hostPort).map(fault => invalid(`${field}.hostPort`, port.hostPort, fault))
      : []),
    ...oneOf(`${field}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
  ]
}

function validateVariable(
  field: string,
  { name, value, valueFrom }: NonNullable<Container['env']>[number],
): StatusCause[] {
  const nameless = name ? [] : [required(`${field}.name`)]
  if (!valueFrom) return nameless
  const sources = Object.keys(valueFrom).length
  const choices =
    'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
  const fault =
    sources === 0
      ? choices
      : value
        ? 'may not be specified when `value` is not empty'
        : sources > 1
          ? 'may not have more than one field specified at a time'
          : ''
  return [...nameless, ...when(fault, invalid(`${field}.valueFrom`, '', fault))]
}

type Mount = NonNullable<Container['volumeMounts']>[number]

function validateMount(field: string, mount: Mount, before: Mount[], volumes: Set<string>): StatusCause[] {
  return [
    ...unless(mount.name, required(`${field}.name`)),
    ...unless(volumes.has(mount.name), notFound(`${field}.name`, mount.name)),
    ...unless(mount.mountPath, required(`${field}.mountPath`)),
    ...when(
      before.some(({ mountPath }) => mountPath === mount.mountPath),
      invalid(`${field}.mountPath`, mount.mountPath, 'must be unique'),
    ),
  ]
}

function validateResources(field: string, { limits = {}, requests = {} }: Container['resources']): StatusCause[] {
  return Object.entries(requests).flatMap(([name, request]) => {
    const limit = limits[name]
    if (limit === undefined || compareQuantities(request, limit) <= 0) return []
    return [invalid(`${field}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)]
  })
}

function validateProbe(field: string, kind: string, probe: Probe | undefined): StatusCause[] {
  if (!probe) return []
  const seconds = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']
  const handlers = [probe.httpGet, probe.exec, probe.tcpSocket, probe.grpc].filter(Boolean).length
  const times = probe.successThreshold as number
  return [
    ...when(handlers === 0, required(field, 'must specify a handler type')),
    ...(probe.httpGet ? validatePortReference(`${field}.httpGet.port`, probe.httpGet.port) : []),
    ...oneOf(`${field}.httpGet.scheme`, probe.httpGet?.scheme, ['HTTP', 'HTTPS']),
    ...(probe.tcpSocket ? validatePortReference(`${field}.tcpSocket.port`, probe.tcpSocket.port) : []),
    ...seconds.flatMap(each => nonNegative(`${field}.${each}`, probe[each] as number)),
    ...when(kind !== 'readinessProbe' && times !== 1, invalid(`${field}.successThreshold`, times, 'must be 1')),
  ]
}

const validatePortReference = (field: string, port: number | string): StatusCause[] =>
  typeof port === 'number'
    ? portNumber(port).map(fault => invalid(field, port, fault))
    : eachFault(field, port, portName)

/** Two containers of a pod cannot have the same port of the host; init containers run one by one. */
function repeatedHostPorts(field: string, containers: Container[]): StatusCause[] {
  const taken = new Set<string>()
  return containers.flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ protocol, hostIP = '', hostPort }, at) => {
      if (!hostPort) return []
      const place = `${protocol}/${hostIP}/${hostPort}`
      const isTaken = taken.has(place)
      taken.add(place)
      return isTaken ? [duplicate(`${field}[${index}].ports[${at}].hostPort`, place)] : []
    }),
  )
}

/** Ports of containers on the host's network are the host's. */
function validateHostPorts(field: string, { hostNetwork, containers }: PodSpec): StatusCause[] {
  if (!hostNetwork) return []
  const isPod = field === 'spec.containers'
  return (containers ?? []).flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ hostPort, containerPort }, at) =>
      hostPort === containerPort || (!isPod && !hostPort)
        ? []
        : [
            invalid(
              `${field}[${index}].ports[${at}].hostPort`,
              hostPort ?? 0,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ],
    ),
  )
}
