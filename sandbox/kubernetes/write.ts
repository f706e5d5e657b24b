/** create, update, patch and delete, in the order in which kube-apiserver checks things. */
import type { Json, SandboxResponse } from '../exchange.ts'
import { type KubernetesObject, now, uuid } from '../world.ts'
import { type Call, optionsOf, parseBody } from './call.ts'
import { react } from './controllers.ts'
import { decode } from './decode.ts'
import { applyDefaults } from './defaults.ts'
import { refuseEscalation } from './escalation.ts'
import { applyJsonPatch, applyMergePatch } from './json-patch.ts'
import { suffix } from './pods.ts'
import { authorize } from './rbac.ts'
import { qualified } from './resources.ts'
import { apply, type Conflict, update as updateOwners } from './server-side-apply/apply.ts'
import { inOrder, renderPath } from './server-side-apply/field-set.ts'
import {
  identityOf,
  type Owner,
  type Owners,
  ownersOf,
  sameOwners,
  withManagedFields,
} from './server-side-apply/managed-fields.ts'
import { equal } from './server-side-apply/typed-value.ts'
import * as status from './status.ts'
import { find, namespaceExists, remove, store } from './storage.ts'
import { strategyOf } from './strategy.ts'
import { timestamp } from './timestamp.ts'
import { validate } from './validation/validate.ts'

/** POST to a collection. */
export function create(call: Call): SandboxResponse {
  const { resource, info } = call
  const options = optionsOf(call)
  const object = readObject(call, parseBody(call.request))
  const {
    uid: _u,
    creationTimestamp: _c,
    selfLink: _s,
    deletionTimestamp: _d,
    deletionGracePeriodSeconds: _g,
    ...kept
  } = object.metadata
  const named = inNamespace({ ...object, metadata: kept }, call)
  const empty = decode(resource, {}).object
  const owners = updateOwners(empty, named, new Map(), tracking(call, 'Update', options.fieldManager))
  return { status: 201, ...insert(withManagedFields(named, owners), call, info.namespace) }
}

/** PUT of an object. */
export function update(call: Call): SandboxResponse {
  const { resource, info } = call
  const options = optionsOf(call)
  const object = inNamespace(readObject(call, parseBody(call.request)), call)
  if (object.metadata.name !== info.name) {
    throw status.badRequest(
      object.metadata.name
        ? `the name of the object (${object.metadata.name}) does not match the name on the URL (${info.name})`
        : 'name must be provided',
    )
  }
  const live = findLive(call)
  if (!live) {
    if (!strategyOf(resource).allowsCreateOnUpdate || info.subresource) throw status.notFound(resource, info.name)
    if (object.metadata.resourceVersion || object.metadata.uid) throw status.notFound(resource, info.name)
    requireCreate(call)
    const owners = updateOwners(
      decode(resource, {}).object,
      object,
      new Map(),
      tracking(call, 'Update', options.fieldManager),
    )
    return { status: 201, ...insert(withManagedFields(object, owners), call, info.namespace) }
  }
  const owners = ownersAfterUpdate(live, object, call, options.fieldManager)
  return { status: 200, ...replace(live, withManagedFields(object, owners), call) }
}

/** PATCH of an object: server-side apply, merge patch or JSON patch. */
export function patch(call: Call): SandboxResponse {
  const { resource, info, request } = call
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim()
  if (type === 'application/apply-patch+yaml') return serverSideApply(call)
  if (type === 'application/strategic-merge-patch+json') throw status.notImplemented('do strategic merge patches')
  if (type !== 'application/merge-patch+json' && type !== 'application/json-patch+json') {
    const accepted = [
      'json-patch+json',
      'merge-patch+json',
      'apply-patch+yaml',
      'apply-patch+cbor',
      'strategic-merge-patch+json',
    ]
    throw status.unsupportedMediaType(accepted.map(each => `application/${each}`).join(', '))
  }
  const options = optionsOf(call)
  if (options.force !== undefined) {
    throw invalidOptions(
      'PatchOptions',
      'force',
      'FieldValueForbidden',
      'Forbidden: may not be specified for non-apply patch',
    )
  }
  const live = findLive(call)
  if (!live) throw status.notFound(resource, info.name)
  const patchBody = parseBody(request)
  const patched =
    type === 'application/merge-patch+json' ? applyMergePatch(live, patchBody) : applyJsonPatch(live, patchBody)
  const object = inNamespace(readObject(call, patched), call)
  checkName(object, call)
  const owners = ownersAfterUpdate(live, object, call, options.fieldManager)
  return { status: 200, ...replace(live, withManagedFields(object, owners), call) }
}

/** Server-side apply, which makes the object where there is none. */
function serverSideApply(call: Call): SandboxResponse {
  const { resource, info } = call
  const options = optionsOf(call)
  if (!options.fieldManager) {
    throw invalidOptions(
      'PatchOptions',
      'fieldManager',
      'FieldValueRequired',
      'Required value: is required for apply patch',
    )
  }
  const config = readConfiguration(call)
  const live = findLive(call)
  if (!live && info.subresource) throw status.notFound(resource, info.name)
  if (!live) requireCreate(call)
  const before = live ?? decode(resource, {}).object
  const bare = withoutManagedFields(before)
  const write = tracking(call, 'Apply', options.fieldManager)
  const result = apply(bare, config, ownersOf(before), { ...write, force: options.force === true })
  if ('conflicts' in result) throw applyConflict(result.conflicts)
  const { object: merged } = decode(resource, result.object as unknown as Json)
  const object = inNamespace(applyDefaults(merged), call)
  if (!live && object.metadata.uid) {
    const why = `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`
    throw status.conflict(resource, info.name, why)
  }
  checkName(object, call)
  const isSame = live !== undefined && equal(bare as never, result.object as never)
  const owners = isSame ? keepTimes(result.owners, ownersOf(live), write.owner) : result.owners
  const written = withManagedFields(object, owners)
  if (!live) return { status: 201, ...insert(written, call, info.namespace) }
  return { status: 200, ...replace(live, written, call) }
}

/** DELETE of one object. */
export function deleteObject(call: Call): SandboxResponse {
  const { resource, info, cluster, request } = call
  const options = request.body ? (parseBody(request) as Record<string, any>) : {}
  const live = findLive(call)
  if (!live) throw status.notFound(resource, info.name)
  const { uid, resourceVersion } = options.preconditions ?? {}
  if (uid && uid !== live.metadata.uid) {
    throw status.conflict(
      resource,
      info.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    )
  }
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${live.metadata.resourceVersion}`
    throw status.conflict(resource, info.name, why)
  }
  const isDryRun = optionsOf(call).dryRun || (options.dryRun ?? []).includes('All')
  if (!isDryRun) {
    remove(cluster.kubernetes, live)
    react(cluster, live, undefined)
  }
  const write = isDryRun ? {} : { write: true }
  if (resource.kind === 'Pod' || resource.kind === 'ServiceAccount' || resource.kind === 'Namespace')
    return { status: 200, body: live, ...write }
  const { group, plural } = { group: info.group, plural: resource.plural }
  return {
    status: 200,
    body: status.success({ name: info.name, ...(group && { group }), kind: plural, uid: live.metadata.uid! }),
    ...write,
  }
}

/** Checks, completes and stores a new object. */
function insert(object: KubernetesObject, call: Call, namespace: string) {
  const { resource, cluster, world, user } = call
  const { kubernetes } = cluster
  if (resource.namespaced && !namespaceExists(kubernetes, namespace)) {
    throw status.notFound({ apiVersion: 'v1', plural: 'namespaces', kind: 'Namespace' }, namespace)
  }
  refuseEscalation(resource, object, undefined, { user, namespace, state: kubernetes })
  if (object.metadata.resourceVersion) {
    throw new status.Refusal(500, 'InternalError', 'resourceVersion should not be set on objects to be created')
  }
  const isDryRun = optionsOf(call).dryRun
  const generated = isDryRun ? structuredClone({ seed: world.seed }) : world
  const uid = uuid(generated as typeof world)
  const generateName = object.metadata.generateName as string | undefined
  const name = object.metadata.name || (generateName ? `${generateName}${suffix(uid)}` : '')
  const prepared = strategyOf(resource).prepareForCreate({ ...object, metadata: { ...object.metadata, name } })
  const metadata = { ...prepared.metadata, uid, creationTimestamp: timestamp(now(world)) }
  const complete = { ...prepared, metadata }
  refuseInvalid(call, complete, undefined)
  if (find(kubernetes, resource.apiVersion, resource.plural, namespace, name))
    throw status.alreadyExists(resource, name)
  if (isDryRun) return { body: complete }
  const stored = store(kubernetes, complete)
  react(cluster, undefined, stored)
  return { body: stored, write: true }
}

/** Checks, completes and stores what an existing object becomes; an unchanged one is not written. */
function replace(live: KubernetesObject, object: KubernetesObject, call: Call) {
  const { resource, cluster, info, user } = call
  const { kubernetes } = cluster
  const { resourceVersion, uid } = object.metadata
  if (uid && uid !== live.metadata.uid) {
    throw status.conflict(
      resource,
      info.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    )
  }
  refuseEscalation(resource, object, live, { user, namespace: info.namespace, state: kubernetes })
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again'
    throw status.conflict(resource, info.name, why)
  }
  const system = {
    uid: live.metadata.uid!,
    creationTimestamp: live.metadata.creationTimestamp!,
    resourceVersion: live.metadata.resourceVersion!,
  }
  const prepared = strategyOf(resource, info.subresource).prepareForUpdate(
    { ...object, metadata: { ...object.metadata, ...system } },
    live,
  )
  refuseInvalid(call, prepared, live)
  if (isUnchanged(live, prepared)) return { body: live }
  if (optionsOf(call).dryRun) return { body: prepared }
  const stored = store(kubernetes, prepared)
  react(cluster, live, stored)
  return { body: stored, write: true }
}

/** Times of managed fields alone are no change. */
function isUnchanged(live: KubernetesObject, object: KubernetesObject): boolean {
  return (
    equal(withoutManagedFields(live) as never, withoutManagedFields(object) as never) &&
    sameOwners(ownersOf(live), ownersOf(object))
  )
}

function refuseInvalid(call: Call, object: KubernetesObject, live: KubernetesObject | undefined): void {
  const causes = validate(call.resource, object, live, call.info.subresource)
  if (causes.length > 0) throw status.invalid(call.resource, object.metadata.name, causes)
}

/** The body as the served kind, defaults filled in. */
function readObject(call: Call, body: Json): KubernetesObject {
  const { resource } = call
  const { apiVersion = resource.apiVersion, kind = resource.kind } = body as { apiVersion?: string; kind?: string }
  if (apiVersion !== resource.apiVersion) {
    throw status.badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${resource.apiVersion})`,
    )
  }
  if (kind !== resource.kind) {
    throw status.badRequest(
      `${kind} in version "${call.info.apiVersion.split('/').at(-1)}" cannot be handled as a ${resource.kind}: converting (${kind}) to (${resource.kind}): unknown conversion`,
    )
  }
  const { object, unknown } = decode(resource, body)
  if (unknown.length > 0 && call.request.query.get('fieldValidation') === 'Strict') {
    const faults = unknown.map(name => `unknown field "${name}"`).join(', ')
    throw status.badRequest(
      `${resource.kind} in version "${resource.apiVersion.split('/').at(-1)}" cannot be handled as a ${resource.kind}: strict decoding error: ${faults}`,
    )
  }
  return applyDefaults(object)
}

/** The body of a server-side apply: only what the applier wants to own. */
function readConfiguration(call: Call): KubernetesObject {
  const { resource, request } = call
  const config = parseBody(request) as unknown as KubernetesObject
  if (config.apiVersion !== resource.apiVersion || config.kind !== resource.kind) {
    const version = config.apiVersion ?? ''
    throw status.badRequest(
      version === resource.apiVersion
        ? `the kind in the data (${config.kind}) does not match the expected kind (${resource.kind})`
        : `Incorrect version specified in apply patch. Specified patch version: ${version}, expected: ${resource.apiVersion}`,
    )
  }
  if (config.metadata?.managedFields) throw status.badRequest('metadata.managedFields must be nil')
  const { unknown } = decode(resource, config as unknown as Json)
  if (unknown.length > 0) {
    const kind = `${config.metadata?.namespace ?? ''}/${config.metadata?.name ?? ''}; ${resource.apiVersion}, Kind=${resource.kind}`
    const faults = unknown.map(name => `.${name}: field not declared in schema`).join('\n')
    throw new status.Refusal(500, '', `failed to create typed patch object (${kind}): ${faults}`)
  }
  return config
}

/** The namespace of the request, unless the object says another. */
function inNamespace(object: KubernetesObject, { info, resource }: Call): KubernetesObject {
  const { namespace } = object.metadata
  const expected = resource.namespaced ? info.namespace : ''
  if (namespace && namespace !== expected) {
    throw status.badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  return expected ? { ...object, metadata: { ...object.metadata, namespace: expected } } : object
}

function checkName(object: KubernetesObject, { info }: Call): void {
  const { name } = object.metadata
  if (!name) throw status.badRequest('name must be provided')
  if (name !== info.name)
    throw status.badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`)
}

const findLive = ({ cluster, resource, info }: Call): KubernetesObject | undefined =>
  find(cluster.kubernetes, resource.apiVersion, resource.plural, resource.namespaced ? info.namespace : '', info.name)

/** A PUT or PATCH that makes an object takes the right to create it as well. */
function requireCreate({ user, info, cluster, resource }: Call): void {
  const { allowed, reason } = authorize(user, { ...info, verb: 'create' }, cluster.kubernetes)
  if (allowed) return
  const scope = info.namespace ? `in the namespace "${info.namespace}"` : 'at the cluster scope'
  const why = `User "${user.name}" cannot create resource "${resource.plural}" in API group "${info.group}" ${scope}`
  throw status.forbidden(resource, info.name, reason ? `${why}: ${reason}` : why)
}

function ownersAfterUpdate(live: KubernetesObject, object: KubernetesObject, call: Call, manager: string): Owners {
  const owners = ownersOf(object.metadata.managedFields === undefined ? live : object)
  const isReset = object.metadata.managedFields?.length === 0
  if (isReset || owners.size === 0) return new Map()
  return updateOwners(
    withoutManagedFields(live),
    withoutManagedFields(object),
    owners,
    tracking(call, 'Update', manager),
  )
}

function tracking(call: Call, operation: Owner['operation'], manager: string) {
  const { resource, info, world } = call
  const subresource = info.subresource ? { subresource: info.subresource } : {}
  return {
    owner: { manager, operation, apiVersion: resource.apiVersion, ...subresource },
    time: timestamp(now(world)),
    ignored: strategyOf(resource, info.subresource).resetFields,
  }
}

/** An apply that changes nothing moves no time forward; one who comes to co-own by it has none. */
function keepTimes(owners: Owners, before: Owners, owner: Owner): Owners {
  const self = identityOf(owner)
  const entry = owners.get(self)
  if (!entry) return owners
  const { time: _, ...rest } = entry
  const known = before.get(self)?.time
  return new Map(owners).set(self, known ? { ...rest, time: known } : rest)
}

function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function applyConflict(conflicts: Conflict[]): status.Refusal {
  const byOwner = new Map<string, string[]>()
  for (const { owner, path } of conflicts) byOwner.set(describe(owner), [...(byOwner.get(describe(owner)) ?? []), path])
  const ordered = [...byOwner].map(([owner, paths]) => [owner, inOrder(paths).map(renderPath)] as const)
  const causes = ordered.flatMap(([owner, paths]) =>
    paths.map(path => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field: path })),
  )
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${causes[0]!.message}: ${causes[0]!.field}`
      : `Apply failed with ${causes.length} conflicts: ${ordered.map(([owner, paths]) => [`conflicts with ${owner}:`, ...paths.map(path => `- ${path}`)].join('\n')).join('\n')}`
  return new status.Refusal(409, 'Conflict', message, { causes })
}

function describe({ manager, operation, apiVersion, subresource, time }: Owner & { time?: string }): string {
  const name = subresource ? `"${manager}" with subresource "${subresource}"` : `"${manager}"`
  if (operation === 'Apply') return name
  return time ? `${name} using ${apiVersion} at ${time}` : `${name} using ${apiVersion}`
}

function invalidOptions(kind: string, name: string, reason: string, message: string): status.Refusal {
  const causes = [{ reason, message, field: name }]
  return new status.Refusal(422, 'Invalid', `${qualified('meta.k8s.io/v1', kind)} "" is invalid: ${name}: ${message}`, {
    ...{ group: 'meta.k8s.io', kind, causes },
  })
}
