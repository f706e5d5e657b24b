import { clusterId, identityId, keyOf, resourceGroupId } from '../arm/resource-id.ts'
import { type CloudName, cloudOf } from '../clouds.ts'
import { type AksCluster, type ManagedIdentity, uuid, type World } from '../world.ts'

/** Something that is true of a world; parts are added in order, and later ones may build on earlier ones. */
export type Part = (world: World) => void

/** The world is in another cloud than the public one. The first of its parts: what comes after it lies there. */
export const inCloud =
  (cloud: CloudName): Part =>
  world => {
    world.cloud = cloud
  }

/** Where everything in a world lies. */
export const locationOf = (world: World): string => cloudOf(world).location

/** A world of which all parts are true. */
export function worldOf(name: string, ...parts: Part[]): World {
  const world = emptyWorld(name)
  for (const part of parts) part(world)
  return world
}

function emptyWorld(name: string): World {
  const world: World = {
    name,
    seed: 1,
    clockAhead: 0,
    cloud: 'public',
    tenantId: '',
    workflow: { repository: 'contoso/platform', subject: 'repo:contoso/platform:environment:production' },
    subscriptions: [],
    resourceGroups: {},
    applications: [],
    identities: {},
    roleAssignments: {},
    roleDefinitions: {},
    clusters: {},
    operations: {},
    commands: {},
    delays: { clusterOperation: 2, federatedCredential: 0, identity: 0, roleAssignment: 0, rollout: 2, runCommand: 1 },
  }
  world.tenantId = uuid(world)
  world.subscriptions.push({ id: uuid(world), displayName: 'Contoso Platform' })
  return world
}

/** Id of the subscription that a reference names, `subscription/resource-group/name`; without one, of the world's first. */
export function subscriptionOf(world: World, reference = ''): string {
  const [displayName] = reference.split('/').slice(0, -2)
  const found = world.subscriptions.find(one => displayName === undefined || one.displayName === displayName)
  if (!found) throw new Error(`World ${world.name} has no subscription ${displayName}`)
  return found.id
}

/** Another subscription of the tenant. */
export const subscription =
  (displayName: string): Part =>
  world => {
    world.subscriptions.push({ id: uuid(world), displayName })
  }

/** A cluster by `resource-group/name`. */
export function clusterOf(world: World, reference: string): AksCluster {
  const cluster = world.clusters[keyOf(clusterId(subscriptionOf(world, reference), ...split(reference)))]
  if (!cluster) throw new Error(`World ${world.name} has no cluster ${reference}`)
  return cluster
}

/** A managed identity by `resource-group/name`, or by its ARM id. */
export function identityOf(world: World, reference: string): ManagedIdentity {
  const id = reference.startsWith('/') ? reference : identityId(subscriptionOf(world, reference), ...split(reference))
  const identity = world.identities[keyOf(id)]
  if (!identity) throw new Error(`World ${world.name} has no identity ${reference}`)
  return identity
}

/** `resource-group/name`, parted; a subscription in front of it is left out. */
export function split(reference: string): [resourceGroup: string, name: string] {
  const [resourceGroup = '', name = ''] = reference.split('/').slice(-2)
  return [resourceGroup, name]
}

/** Makes sure that the resource group of a reference is there, and returns its id. */
export function resourceGroup(world: World, reference: string): string {
  const [name] = split(reference)
  const id = resourceGroupId(subscriptionOf(world, reference), name)
  world.resourceGroups[keyOf(id)] ??= { id, name, location: locationOf(world), tags: {} }
  return id
}

/** A user-assigned identity, named as `resource-group/name`. */
export const identity =
  (reference: string): Part =>
  world => {
    const [group, name] = split(reference)
    resourceGroup(world, reference)
    const id = identityId(subscriptionOf(world, reference), group, name)
    world.identities[keyOf(id)] = {
      id,
      name,
      location: locationOf(world),
      tags: {},
      clientId: uuid(world),
      principalId: uuid(world),
      federatedCredentials: {},
    }
  }

/** A federated credential of an identity for a service account (`namespace/name`) of an issuer. */
export const federatedCredential =
  (reference: string, name: string, serviceAccount: string, issuer: string): Part =>
  world => {
    const { id, federatedCredentials } = identityOf(world, reference)
    federatedCredentials[keyOf(name)] = {
      id: `${id}/federatedIdentityCredentials/${name}`,
      name,
      issuer,
      subject: `system:serviceaccount:${serviceAccount.replace('/', ':')}`,
      audiences: [cloudOf(world).exchangeAudience],
    }
  }
