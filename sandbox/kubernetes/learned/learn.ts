/**
 * Learns from a running kube-apiserver what the embedded one has to know, and writes it beside this file:
 * `schema.json`, a digest of its OpenAPI v3 for the kinds that the sandbox serves, `protobuf.json`, the numbers of their
 * fields, `built-in-resources.json`, what a kube-apiserver serves, and `bootstrap-roles.json`, the roles that every
 * cluster has from birth. Needs Go, and the modules of control-plane/.
 *
 *     node sandbox/kubernetes/learned/learn.ts https://127.0.0.1:6443 <token>   (with NODE_EXTRA_CA_CERTS for its CA)
 */
import { writeFileSync } from 'node:fs'
import type { Json } from '../../exchange.ts'
import type { KubernetesObject } from '../../world.ts'
import { servedKinds } from '../resources.ts'
import type { Definition, Schema, Shape } from '../schema.ts'
import { messagesOf } from './messages.ts'

interface OpenApiSchema {
  $ref?: string
  allOf?: [OpenApiSchema]
  oneOf?: OpenApiSchema[]
  type?: string
  format?: string
  default?: Json
  items?: OpenApiSchema
  properties?: Record<string, OpenApiSchema>
  required?: string[]
  additionalProperties?: OpenApiSchema
  'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic'
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[]
}

const [server, token] = process.argv.slice(2)
if (!server || !token) throw new Error('usage: node sandbox/kubernetes/learned/learn.ts <server> <token>')

const schema: Schema = { kinds: {}, definitions: {} }
async function learn(): Promise<void> {
  for (const apiVersion of new Set(servedKinds.map(resource => resource.apiVersion))) {
    const path = apiVersion.includes('/') ? `/openapi/v3/apis/${apiVersion}` : `/openapi/v3/api/${apiVersion}`
    const { components } = (await get(path)) as { components: { schemas: Record<string, OpenApiSchema> } }
    digest(apiVersion, components.schemas)
  }
  write('schema.json', schema)
  write('protobuf.json', messagesOf(schema))

  write('built-in-resources.json', await builtInResources())

  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  write('bootstrap-roles.json', [
    ...(await bootstrapObjects('ClusterRole', `${rbac}/clusterroles`)),
    ...(await bootstrapObjects('ClusterRoleBinding', `${rbac}/clusterrolebindings`)),
  ])
}

function digest(apiVersion: string, schemas: Record<string, OpenApiSchema>): void {
  for (const [name, definition] of Object.entries(schemas)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const ofKind = group ? `${group}/${version}` : version
      if (isServed(ofKind, kind, apiVersion)) schema.kinds[`${ofKind}/${kind}`] = reference(name, schemas)
    }
  }
}

/** Whether a kind is one of an API, or what one of its subresources speaks. */
const isServed = (apiVersion: string, kind: string, api: string): boolean =>
  servedKinds
    .filter(served => served.apiVersion === api)
    .flatMap(served => [served, ...Object.values(served.subresources ?? {})])
    .some(served => served.apiVersion === apiVersion && served.kind === kind)

/** The short name of a definition or scalar; the definition itself is digested on the way. */
function reference(name: string, schemas: Record<string, OpenApiSchema>): string {
  const scalar = scalars[name.split('.').at(-1)!]
  if (scalar) return scalar
  const short = name.replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis)\./, '')
  if (!schema.definitions[short]) {
    const { properties = {}, required, ...source } = schemas[name]!
    const definition: Definition = { fields: {} }
    schema.definitions[short] = definition
    if (source['x-kubernetes-map-type'] === 'atomic') definition.atomic = true
    for (const [field, property] of Object.entries(properties)) {
      definition.fields[field] = shape(property, schemas, { owner: short, field, required: required?.includes(field) })
    }
    const written = [...(required ?? []), ...(writtenThoughOptional[short] ?? [])]
    if (written.length > 0) definition.required = written
    const defaults = Object.entries(properties).filter(([, property]) => property.default && isScalar(property))
    if (defaults.length > 0) definition.keyDefaults = Object.fromEntries(defaults.map(([k, p]) => [k, p.default!]))
  }
  return short
}

interface Position {
  owner: string
  field: string
  required?: boolean | undefined
}

function shape(source: OpenApiSchema, schemas: Record<string, OpenApiSchema>, at?: Position): Shape {
  const ref = source.$ref ?? source.allOf?.[0].$ref
  if (ref) {
    const name = reference(ref.split('/').at(-1)!, schemas)
    return at && source.default === undefined && name in schema.definitions ? `*${name}` : name
  }
  if (source.type === 'array') {
    const list: Shape = { list: shape(source.items!, schemas) }
    if (source['x-kubernetes-list-type'] === 'map') list.keys = source['x-kubernetes-list-map-keys']!
    if (source['x-kubernetes-list-type'] === 'set') list.set = true
    return list
  }
  if (source.additionalProperties) {
    const map: Shape = { map: shape(source.additionalProperties, schemas) }
    if (source['x-kubernetes-map-type'] === 'atomic') map.atomic = true
    return map
  }
  if (source.type === 'object' || !source.type) return 'any'
  if (source.format === 'byte') return 'bytes'
  return !at || at.required || isHeldByValue(source, at) ? source.type : `*${source.type}`
}

const isScalar = (source: OpenApiSchema) => ['string', 'integer', 'boolean'].includes(source.type ?? '')

const scalars: Record<string, Shape & string> = {
  Quantity: 'quantity',
  Time: 'time',
  MicroTime: 'time',
  IntOrString: 'int-or-string',
  FieldsV1: 'any',
  RawExtension: 'any',
}

/**
 * OpenAPI does not tell a Go pointer, whose zero is written, from an optional value, whose zero is left out.
 * Strings are values but for a few, numbers and booleans are pointers but for these: k8s.io/api, the types.go files.
 */
function isHeldByValue({ type }: OpenApiSchema, { owner, field }: Position): boolean {
  if (type === 'string') return !pointersToString.has(`${owner}.${field}`)
  if (owner.endsWith('Status') && /[rR]eplicas$/.test(field)) return field !== 'terminatingReplicas'
  return (owner === 'core.v1.Probe' && field !== 'terminationGracePeriodSeconds') || valueFields.has(field)
}

const valueFields = new Set([
  ...['readOnly', 'stdin', 'stdinOnce', 'tty', 'hostNetwork', 'hostPID', 'hostIPC', 'hostPort', 'partition', 'signal'],
  ...['minReadySeconds', 'paused', 'observedGeneration', 'generation', 'denied', 'sslEnabled'],
  ...['chapAuthDiscovery', 'chapAuthSession'],
])

const pointersToString = new Set([
  ...['core.v1.HostPathVolumeSource.type', 'core.v1.PersistentVolumeClaimSpec.storageClassName'],
  ...[
    'core.v1.PersistentVolumeClaimSpec.volumeMode',
    'core.v1.Container.restartPolicy',
    'core.v1.SecurityContext.procMount',
  ],
  ...['core.v1.VolumeMount.mountPropagation', 'core.v1.PodSpec.runtimeClassName', 'core.v1.PodSpec.preemptionPolicy'],
])

/** Optional for the reader, but written when empty, since Go's `omitempty` is missing or does not know a zero struct. */
const writtenThoughOptional: Record<string, string[]> = {
  'rbac.v1.ClusterRole': ['rules'],
  'rbac.v1.Role': ['rules'],
  'rbac.v1.RoleRef': ['apiGroup'],
  'apps.v1.StatefulSetSpec': ['serviceName'],
  'authentication.v1.TokenRequestSpec': ['audiences', 'expirationSeconds', 'boundObjectRef'],
  'apps.v1.StatefulSetStatus': ['availableReplicas'],
  'apps.v1.StatefulSetCondition': ['lastTransitionTime'],
  'apps.v1.DeploymentCondition': ['lastUpdateTime', 'lastTransitionTime'],
  'core.v1.PodCondition': ['lastProbeTime', 'lastTransitionTime'],
  'core.v1.ProjectedVolumeSource': ['sources'],
  'core.v1.ResourceFieldSelector': ['divisor'],
}

const learnedRoles =
  /^(cluster-admin|admin|edit|view|system:(aggregate-to-.*|discovery|basic-user|public-info-viewer|service-account-issuer-discovery))$/

/** Every resource and subresource, as `apps/v1/deployments/scale`. */
async function builtInResources(): Promise<string[]> {
  const { groups } = (await get('/apis')) as { groups: { versions: { groupVersion: string }[] }[] }
  const versions = groups.flatMap(group => group.versions.map(({ groupVersion }) => groupVersion))
  const listed = ['v1', ...versions].map(async version => {
    const path = version.includes('/') ? `/apis/${version}` : `/api/${version}`
    const { resources } = (await get(path)) as { resources: { name: string }[] }
    return resources.map(({ name }) => `${version}/${name}`)
  })
  return (await Promise.all(listed)).flat().sort()
}

async function bootstrapObjects(kind: string, path: string): Promise<KubernetesObject[]> {
  const { items } = (await get(path)) as { items: KubernetesObject[] }
  return items
    .filter(item => learnedRoles.test(item.metadata.name))
    .map(({ metadata: { name, labels = {}, annotations = {} }, ...rest }) => ({
      ...{ ...rest, apiVersion: 'rbac.authorization.k8s.io/v1', kind },
      metadata: { name, labels, annotations },
    }))
}

async function get(path: string): Promise<unknown> {
  const answer = await fetch(new URL(path, server), { headers: { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

function write(file: string, value: unknown): void {
  writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(value, null, 2)}\n`)
}

await learn()
