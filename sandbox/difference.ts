import { isDeepStrictEqual } from 'node:util'
import { roleDefinition, roleDefinitionId } from './arm/role-definitions.ts'
import type { Sandbox } from './sandbox.ts'
import { type AksCluster, fork, type KubernetesObject, type World } from './world.ts'

/** One field that differs between two states of a world; where `field` is empty, the whole resource was made or removed. */
export interface Difference {
  /** In words: `identity argocd-rg/argocd-workload-identity`, `argocd-rg/argocd-aks: Secret argocd/dev`. */
  resource: string
  field: string
  from: unknown
  to: unknown
}

type Tree = Record<string, unknown>

/** The world as it is now, with the objects that the API servers hold: those of real control planes are not in the world itself. */
export async function picture(sandbox: Sandbox): Promise<World> {
  const world = fork(sandbox.world)
  for (const [id, cluster] of Object.entries(world.clusters)) {
    const objects = await sandbox.objects(id)
    cluster.kubernetes.objects = Object.fromEntries(objects.map(object => [nameOf(object), structuredClone(object)]))
  }
  return world
}

/** What somebody's hand changed from one picture to another: no versions and times, no field managers, nothing that controllers make. */
export function difference(before: World, after: World): Difference[] {
  const from = resourcesOf(before, withoutManagers)
  const to = resourcesOf(after, withoutManagers)
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
  return names.flatMap(resource => {
    const [was, is] = [from[resource], to[resource]]
    if (!was || !is) return [{ resource, field: '', from: was, to: is }]
    return changes(was, is, '').map(({ field, ...values }) => ({
      resource,
      field: field.replace(/^\./, ''),
      ...values,
    }))
  })
}

/** The fields of a resource that was made or removed, down to the smallest, as `difference` would name and compare them one by one. */
export const fieldsOf = (resource: unknown): { field: string; value: unknown }[] =>
  changes({}, resource, '').map(({ field, to }) => ({ field: field.replace(/^\./, ''), value: to }))

/**
 * A world as a value to compare end states by: as for `difference`, but with the managers of every field.
 * The ids of managed identities are drawn anew whenever one is made, so they are given as names.
 */
export function comparable(world: World): Record<string, Tree> {
  const nameIn = namesIn(world)
  const ids = Object.entries(world.identities).flatMap(([id, { clientId, principalId }]): [string, string][] => [
    [clientId, `<client id of ${nameIn(id)}>`],
    [principalId, `<principal id of ${nameIn(id)}>`],
  ])
  const text = JSON.stringify(resourcesOf(world, withTimelessManagers))
  return JSON.parse(ids.reduce((rest, [id, name]) => rest.replaceAll(id, name), text))
}

/** Every resource of a world by its name, without what only time makes: operations, eTags, versions, status. */
function resourcesOf(world: World, managed: (object: KubernetesObject) => Tree): Record<string, Tree> {
  const nameIn = namesIn(world)
  const named: [string, Tree][][] = [
    Object.values(world.resourceGroups).map(({ name, location, tags }) => [
      `resource group ${name}`,
      { location, tags },
    ]),
    world.applications.map(({ displayName, federatedCredentials, ...application }) => [
      `application ${displayName}`,
      {
        ...application,
        federatedCredentials: federatedCredentials.map(credential => without(credential, 'unseenFor')),
      },
    ]),
    Object.entries(world.identities).map(([id, { location, tags, clientId, principalId }]) => [
      `identity ${nameIn(id)}`,
      { location, tags, clientId, principalId },
    ]),
    Object.entries(world.identities).flatMap(([id, { federatedCredentials }]) =>
      Object.values(federatedCredentials).map(({ name, issuer, subject, audiences }): [string, Tree] => [
        `federated credential ${nameIn(id)}/${name}`,
        { issuer, subject, audiences },
      ]),
    ),
    // An assignment's name is derived from its principal, whose id differs from one making of an identity to the next.
    Object.values(world.roleAssignments).map(({ scope, roleDefinition: role, principalId, ...rest }) => [
      `role assignment ${roleDefinition(world, role)?.roleName ?? role} of ${principalId} on ${whereIs(scope)}`,
      { properties: assigned(role, scope, principalId, rest) },
    ]),
    Object.entries(world.roleDefinitions).map(([id, definition]) => [`role definition ${id}`, { ...definition }]),
    Object.entries(world.clusters).map(([id, cluster]) => [`cluster ${nameIn(id)}`, armHalf(cluster)]),
    Object.entries(world.clusters).flatMap(([id, { kubernetes }]) =>
      Object.values(kubernetes.objects)
        .filter(object => !isMachinery(object))
        .map((object): [string, Tree] => [`${nameIn(id)}: ${nameOf(object)}`, managed(timeless(object))]),
    ),
  ]
  return Object.fromEntries(named.flat())
}

/** A cluster or a namespace of one by its name; other scopes as they are. */
const whereIs = (scope: string): string => /\/managedClusters\/(.+)$/i.exec(scope)?.[1] ?? scope.toLowerCase()

const assigned = (
  role: string,
  scope: string,
  principalId: string,
  rest: { principalType: string; description?: string },
) => ({
  roleDefinitionId: roleDefinitionId(scope, role),
  principalId,
  principalType: rest.principalType,
  ...(rest.description && { description: rest.description }),
})

/** Short names of resources by their ARM id: `resource-group/name`, with the subscription where the world has several. */
const namesIn = ({ subscriptions }: World): ((id: string) => string) => {
  const parts = subscriptions.length > 1 ? [2, 4] : [4]
  return id => {
    const segments = id.split('/')
    return [...parts.map(part => segments[part]), segments.at(-1)].join('/')
  }
}

function armHalf({ arm, authority }: AksCluster): Tree {
  const { agentPoolProfiles, ...properties } = arm.properties
  const pools = (agentPoolProfiles as Tree[] | undefined)?.map(pool => without(pool, 'eTag'))
  return { ...without(arm, 'eTag', 'id', 'name'), properties: { ...properties, agentPoolProfiles: pools }, authority }
}

const nameOf = ({ apiVersion, kind, metadata }: KubernetesObject): string => {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : ''
  return `${kind}${group} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
}

/** Objects that controllers and API servers make for themselves: pods, replica sets, leases, events. What an operator makes is looked at. */
const isMachinery = ({ kind, metadata }: KubernetesObject): boolean =>
  ['Lease', 'Event'].includes(kind) ||
  (metadata.ownerReferences ?? []).some(
    ({ controller, apiVersion }) => controller && !apiVersion.startsWith('argoproj.io/'),
  )

function timeless(object: KubernetesObject): KubernetesObject {
  const metadata = without(object.metadata, 'uid', 'resourceVersion', 'generation', 'creationTimestamp')
  const annotations = without(metadata.annotations ?? {}, 'deployment.kubernetes.io/revision')
  const annotated = metadata.annotations ? { ...metadata, annotations } : metadata
  return { ...without(object, 'status'), ...readableData(object), metadata: annotated } as KubernetesObject
}

/** A Secret's data as text, and as values where the text is JSON: the `config` of a cluster Secret is compared field by field. */
function readableData({ kind, data }: KubernetesObject): Tree {
  if (kind !== 'Secret' || !data) return {}
  const decoded = Object.entries(data).map(([key, value]) => [
    key,
    parsed(Buffer.from(String(value), 'base64').toString()),
  ])
  return { data: Object.fromEntries(decoded) }
}

function parsed(text: string): unknown {
  if (!text.startsWith('{')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const withoutManagers = (object: KubernetesObject): Tree => ({
  ...object,
  metadata: without(object.metadata, 'managedFields'),
})

function withTimelessManagers(object: KubernetesObject): Tree {
  const managedFields = (object.metadata.managedFields ?? [])
    .filter(({ subresource }) => subresource !== 'status')
    .map(entry => without(entry, 'time'))
    .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)))
  return { ...object, metadata: { ...object.metadata, managedFields } }
}

const without = <Of extends object, Key extends string>(record: Of, ...keys: Key[]): Omit<Of, Key> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key as Key))) as Omit<Of, Key>

type Change = Omit<Difference, 'resource'>

/** The lists of a pod that Kubernetes merges item by item, and by what (`x-kubernetes-list-map-keys` of its OpenAPI). */
const mergeKeys: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
}

/** Fields that differ, down to the smallest; an item of a merged list that only one side has is one change. */
function changes(from: unknown, to: unknown, field: string, mergeKey?: string): Change[] {
  if (isDeepStrictEqual(from, to)) return []
  if (mergeKey && isListOrNothing(from) && isListOrNothing(to)) {
    const [was, is] = [itemsBy(mergeKey, from), itemsBy(mergeKey, to)]
    return union(was, is).flatMap(key =>
      was[key] && is[key]
        ? changes(was[key], is[key], field + key)
        : [{ field: field + key, from: was[key], to: is[key] }],
    )
  }
  if (isTreeOrNothing(from) && isTreeOrNothing(to)) {
    const keys = union(from ?? {}, to ?? {})
    if (keys.length > 0) {
      return keys.flatMap(key => changes(from?.[key], to?.[key], field + step(key), mergeKeys[key]))
    }
  }
  return [{ field, from, to }]
}

const isListOrNothing = (value: unknown): value is Tree[] | undefined => value === undefined || Array.isArray(value)

const isTreeOrNothing = (value: unknown): value is Tree | undefined =>
  value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))

const itemsBy = (key: string, items: Tree[] = []): Tree =>
  Object.fromEntries(items.map(item => [`[${item[key]}]`, item]))

const union = (one: Tree, other: Tree): string[] => [...new Set([...Object.keys(one), ...Object.keys(other)])]

/** Label and annotation keys hold dots and slashes, so they are quoted. */
const step = (key: string): string => (/[./]/.test(key) ? `['${key}']` : `.${key}`)
