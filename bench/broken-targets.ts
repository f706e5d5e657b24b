import { keyOf } from '../sandbox/arm/resource-id.ts'
import type { SandboxOptions } from '../sandbox/sandbox.ts'
import { hostsOf } from '../sandbox/sites.ts'
import { uuid, type World } from '../sandbox/world.ts'
import { clusterOf, type Part, resourceGroup, split } from '../sandbox/worlds/builder.ts'
import { registered, serverOf } from '../sandbox/worlds/cluster-secrets.ts'
import { isClosedToRunner, isStopped, presentsForeignCertificate } from '../sandbox/worlds/clusters.ts'

/** Something that keeps a target from being onboarded. */
export interface Breakage {
  /** A word for it, which a resource group can be named after. */
  name: string
  /** What is so in the world; left out where the network is at fault. */
  part?: (target: string, hub: string) => Part
  /** Whether the API server answers every request with 500. */
  isFailing?: true
  /** What the action says is the reason. */
  reason: RegExp
}

export const breakages: Breakage[] = [
  { name: 'stopped', part: isStopped, reason: /is stopped: it has no API server/ },
  { name: 'without-entra', part: withoutEntra, reason: /does not use Microsoft Entra ID/ },
  { name: 'foreign-tenant', part: inOtherTenant, reason: /a cluster accepts tokens of one tenant/ },
  {
    name: 'forbidden',
    part: isForbidden,
    reason: /refused Microsoft\.ContainerService\/managedClusters\/listClusterUserCredential\/action/,
  },
  { name: 'out-of-reach', part: isClosedToRunner, reason: /could not be reached/ },
  { name: 'inspected', part: presentsForeignCertificate, reason: /its certificate is not one of the authority/ },
  { name: 'registered-twice', part: isRegisteredTwice, reason: /is registered 2 times/ },
  { name: 'name-taken', part: hasNameTaken, reason: /already stands for/ },
  { name: 'failing', isFailing: true, reason: /no leader \(HTTP 500\)/ },
  { name: 'being-deleted', part: isBeingDeleted, reason: /is being deleted/ },
]

/** A target that is to be broken, in a resource group that is named after how. */
export interface BrokenTarget {
  reference: string
  breakage: Breakage
}

/** As many targets as are asked for, broken each way in turn. */
export const brokenTargets = (count: number): BrokenTarget[] =>
  Array.from({ length: count }, (_, index) => {
    const breakage = breakages[index % breakages.length]!
    return { reference: `${breakage.name}-rg/${breakage.name}-${index}`, breakage }
  })

/** Breaks the targets of a world whose hub is prepared. Returns what the network has to do with it. */
export function breakTargets(targets: BrokenTarget[], hub: string, world: World): NonNullable<SandboxOptions['fault']> {
  for (const { reference, breakage } of targets) breakage.part?.(reference, hub)(world)
  const failing = targets.filter(({ breakage }) => breakage.isFailing)
  const hosts = new Set(failing.flatMap(({ reference }) => hostsOf(clusterOf(world, reference))))
  return ({ host }) => (hosts.has(host) ? { kind: 'answer', status: 500, body: 'etcdserver: no leader' } : undefined)
}

function withoutEntra(target: string): Part {
  return world => {
    const { properties } = clusterOf(world, target).arm
    delete properties.aadProfile
    properties.disableLocalAccounts = false
  }
}

function inOtherTenant(target: string): Part {
  return world => {
    const { aadProfile } = clusterOf(world, target).arm.properties
    aadProfile!.tenantID = uuid(world)
  }
}

/** Nobody has a role in the target's resource group. */
function isForbidden(target: string): Part {
  return world => {
    const scope = keyOf(resourceGroup(world, target))
    for (const [id, assignment] of Object.entries(world.roleAssignments))
      if (keyOf(assignment.scope) === scope) delete world.roleAssignments[id]
  }
}

function isRegisteredTwice(target: string, hub: string): Part {
  const secret = (name: string): Part =>
    registered(hub, world => ({
      secretName: `${split(target)[1]}-${name}`,
      name: `${split(target)[1]}-${name}`,
      server: serverOf(clusterOf(world, target)),
      config: {},
    }))
  return world => {
    secret('by-hand')(world)
    secret('by-terraform')(world)
  }
}

/** Argo CD knows another cluster by the target's name. */
function hasNameTaken(target: string, hub: string): Part {
  const [, name] = split(target)
  const server = `https://${name}.other-cloud.example`
  return registered(hub, () => ({ secretName: `${name}-elsewhere`, name, server, config: {} }))
}

function isBeingDeleted(target: string): Part {
  return world => {
    clusterOf(world, target).arm.properties.provisioningState = 'Deleting'
  }
}
