import type { RoleAssignment, RoleDefinition, World } from '../world.ts'
import { keyOf } from './resource-id.ts'
import { roleDefinition } from './role-definitions.ts'
import type { Caller } from './route.ts'

/** The roles that principals hold at a scope: those assigned there and at any scope above, as far as Azure knows of them yet. */
export const rolesAt = (world: World, principals: string[], scope: string): RoleDefinition[] =>
  assignmentsAt(world, principals, scope).flatMap(({ unseenFor, roleDefinition: name }) =>
    unseenFor ? [] : (roleDefinition(world, name) ?? []),
  )

/** Tells whether a caller holds an action at a scope, in person or through a group. */
export const may = (world: World, caller: Caller, action: string, scope: string): boolean =>
  decide(
    world,
    principalsOf(caller),
    scope,
    role => matchesAny(role.actions, action) && !matchesAny(role.notActions, action),
  )

/** Tells whether principals hold a data action at a scope: what a cluster with Azure RBAC asks. */
export const mayOnData = (world: World, principals: string[], dataAction: string, scope: string): boolean =>
  decide(
    world,
    principals,
    scope,
    role => matchesAny(role.dataActions, dataAction) && !matchesAny(role.notDataActions, dataAction),
  )

/** Every decision brings the assignments that it had to overlook one step closer to being seen. */
function decide(world: World, principals: string[], scope: string, grants: (role: RoleDefinition) => boolean): boolean {
  const isGranted = rolesAt(world, principals, scope).some(grants)
  for (const assignment of assignmentsAt(world, principals, scope)) {
    if (assignment.unseenFor) assignment.unseenFor -= 1
  }
  return isGranted
}

const assignmentsAt = (world: World, principals: string[], scope: string): RoleAssignment[] =>
  Object.values(world.roleAssignments).filter(
    assignment => principals.includes(assignment.principalId) && contains(assignment.scope, scope),
  )

/** Everything that role assignments can name to mean this caller. */
export const principalsOf = (caller: Caller): string[] => [caller.objectId, ...caller.groups]

/** Tells whether a scope is another one or lies above it. */
export const contains = (scope: string, other: string): boolean =>
  `${keyOf(other)}/`.startsWith(`${keyOf(scope).replace(/\/$/, '')}/`)

const matchesAny = (patterns: string[], action: string): boolean => patterns.some(pattern => matches(pattern, action))

/**
 * A star stands for any text, slashes included, and between two slashes also for nothing: Managed Identity Operator may
 * assign although its role says so with a star in between. https://learn.microsoft.com/azure/role-based-access-control/role-definitions
 */
function matches(pattern: string, action: string): boolean {
  const expression = pattern.replace(/\/\*\/|\*|[.+?^${}()|[\]\\]/g, part => wildcards[part] ?? `\\${part}`)
  return new RegExp(`^${expression}$`, 'i').test(action)
}

const wildcards: Record<string, string> = { '*': '.*', '/*/': '/(.*/)?' }
