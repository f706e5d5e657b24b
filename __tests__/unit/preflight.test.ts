import { expect, test } from 'vitest'
import type { Permissions } from '../../src/azure/azure.ts'
import { holds } from '../../src/preflight.ts'

const write = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write'
const assign = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'

/** A role that holds these actions and no others. */
const role = (...actions: string[]): Permissions => ({ actions, notActions: [] })

test.each<[what: string, held: Permissions[], action: string, isHeld: boolean]>([
  ['no role', [], write, false],
  ['Owner', [role('*')], write, true],
  ['Reader', [role('*/read')], write, false],
  ['Contributor', [{ actions: ['*'], notActions: ['Microsoft.Authorization/*/Write'] }], write, true],
  ['the very action', [role(write)], write, true],
  ['the action in another case', [role(write.toLowerCase())], write, true],
  ['a wildcard above', [role('Microsoft.ManagedIdentity/userAssignedIdentities/*')], write, true],
  ['a wildcard in the middle', [role('Microsoft.ManagedIdentity/*/write')], write, true],
  ["another resource's", [role('Microsoft.ContainerService/managedClusters/*')], write, false],
  ['only a beginning', [role('Microsoft.ManagedIdentity/userAssignedIdentities')], write, false],
  ['a dot that is no wildcard', [role(write.replace('.', 'x'))], write, false],
  [
    'Managed Identity Operator',
    [role('Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action')],
    assign,
    true,
  ],
  ['an exception of the same role', [{ actions: ['*'], notActions: [write] }], write, false],
  ['an exception of another role', [{ actions: ['*'], notActions: [write] }, role(write)], write, true],
])('%s', (_what, held, action, isHeld) => {
  expect(holds(held, action)).toBe(isHeld)
})
