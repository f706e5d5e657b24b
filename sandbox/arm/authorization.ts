import type { RoleDefinition, World } from '../world.ts'
import { keyOf } from './resource-id.ts'
import { builtInRoles } from './role-definitions.ts'
import type { Caller } from './route.ts'

/** The definition of a role by its GUID, built-in or custom. */
export const roleDefinition = (world: World, name: string): RoleDefinition | undefined =>
  builtInRoles[name.toLowerCase()] ?? world.roleDefinitions[name.toLowerCase()]

/** The roles that principals hold at a scope: those assigned there and at any scope above. */
export const rolesAt = (world: World, principals: string[], scope: string): RoleDefinition[] =>
  Object.values(world.roleAssignments)
    .filter(assignment => principals.includes(assignment.principalId) && contains(assignment.scope, scope))
    .flatMap(assignment => roleDefinition(world, assignment.roleDefinition) ?? [])

/** Tells whether a caller holds an action at a scope, in person or through a group. */
export const may = (world: World, caller: Caller, action: string, scope: string): boolean =>
  rolesAt(world, principalsOf(caller), scope).some(
    role => matchesAny(role.actions, action) && !matchesAny(role.notActions, action),
  )

/** Tells whether principals hold a data action at a scope: what a cluster with Azure RBAC asks. */
export const mayOnData = (world: World, principals: string[], dataAction: string, scope: string): boolean =>
  rolesAt(world, principals, scope).some(
    role => matchesAny(role.dataActions, dataAction) && !matchesAny(role.notDataActions, dataAction),
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
