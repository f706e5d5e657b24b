import { parse } from 'yaml'
import type { Json, SandboxRequest } from '../exchange.ts'
import type { KubernetesObject } from '../world.ts'
import { type Call, namespaceOf } from './call.ts'
import { decode } from './decode.ts'
import { applyDefaults } from './defaults.ts'
import { decodeProtobuf } from './protobuf.ts'
import { groupOf, type Resource, resourceOf } from './resources.ts'
import { shapeOf } from './schema.ts'
import { faultsOf } from './server-side-apply/faults.ts'
import { badRequest, Refusal } from './status.ts'

/** The body as JSON; clients may send YAML, which holds JSON within it, or protobuf. Throws 400. */
export function parseBody({ body, headers }: SandboxRequest): Json {
  const type = headers['content-type'] ?? ''
  if (type.includes('protobuf')) return decodeProtobuf(Buffer.from(body, 'latin1'))
  try {
    const parsed = (type.includes('yaml') ? parse(body) : JSON.parse(body)) as Json
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch (error) {
    throw badRequest(`the body could not be decoded: ${(error as Error).message}`)
  }
  throw badRequest('the body is no object')
}

/** What was sent, as an object of the served kind with its defaults. Throws 400 for another kind, or what is no such object. */
export function readObject(call: Call, body: Json): KubernetesObject {
  const { resource, request } = call
  const version = resource.apiVersion.split('/').at(-1)
  const cannot = `${resource.kind} in version "${version}" cannot be handled as a ${resource.kind}`
  if (Array.isArray(body)) throw unrecognized(resource.kind, request.body)
  const { apiVersion = resource.apiVersion, kind = resource.kind } = body as { apiVersion?: string; kind?: string }
  if (apiVersion !== resource.apiVersion || kind !== resource.kind) throw anotherKind({ apiVersion, kind }, resource)
  const { object, unknown } = decode(resource, body)
  if (unknown.length > 0 && request.query.get('fieldValidation') === 'Strict') {
    const faults = unknown.map(name => `unknown field "${name}"`).join(', ')
    throw badRequest(`${cannot}: strict decoding error: ${faults}`)
  }
  return inNamespace(applyDefaults(object), call)
}

/** Says whether Kubernetes knows the kind that was sent, in the names of its Go types. */
function anotherKind({ apiVersion, kind }: { apiVersion: string; kind: string }, resource: Resource): Refusal {
  const version = apiVersion.split('/').at(-1)
  const internal = groupOf(resource.apiVersion).split('.')[0] || 'core'
  const why = resourceOf({ apiVersion, kind })
    ? `converting (${version}.${kind}) to (${internal}.${resource.kind}): unknown conversion`
    : // The place is where Kubernetes makes its table of kinds.
      `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${resource.kind}: ${why}`)
}

/** What is no object at all; the end shows how the body begins. */
function unrecognized(kind: string, body: string): Refusal {
  const header =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
  const fault = `json: cannot unmarshal array into Go value of type ${header}`
  const start = Buffer.from(body).subarray(0, 30).toString('hex')
  const why = `couldn't get version/kind; json parse error: ${fault} (${start})`
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`)
}

/** The body of a server-side apply: only what the applier wants to own. */
export function readConfiguration({ resource, request }: Call): KubernetesObject {
  const config = parseBody(request) as unknown as KubernetesObject
  const { apiVersion = '', kind = '', metadata } = config
  if (apiVersion !== resource.apiVersion || kind !== resource.kind) {
    throw badRequest(`invalid object type: ${gvk(apiVersion, kind)}`)
  }
  if (metadata?.managedFields) throw badRequest('metadata.managedFields must be nil')
  const faults = faultsOf(shapeOf(resource), config as unknown as Json)
  if (faults.length > 0) {
    const named = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${gvk(resource.apiVersion, kind)}`
    const listed = faults.length === 1 ? faults[0] : ['errors:', ...faults.map(fault => `  ${fault}`)].join('\n')
    throw new Refusal(500, '', `failed to create typed patch object (${named}): ${listed}`)
  }
  return config
}

/** Go's schema.GroupVersionKind as text: `/v1, Kind=Secret` in the core group. */
export const gvk = (apiVersion: string, kind: string): string =>
  `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`

/** Puts an object into the namespace of the request. Throws 400 where it names another one. */
export function inNamespace(object: KubernetesObject, call: Call): KubernetesObject {
  const { namespace, ...metadata } = object.metadata
  const expected = namespaceOf(call)
  if (expected === '') return { ...object, metadata }
  if (namespace && namespace !== expected) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  return { ...object, metadata: { ...metadata, namespace: expected } }
}

/** Throws 400 where object and URL name different objects. */
export function refuseOtherName({ metadata }: KubernetesObject, { info }: Call): void {
  if (metadata.name === info.name) return
  throw badRequest(
    metadata.name
      ? `the name of the object (${metadata.name}) does not match the name on the URL (${info.name})`
      : `the name of the object (${info.name} based on URL) was undeterminable: name must be provided`,
  )
}
