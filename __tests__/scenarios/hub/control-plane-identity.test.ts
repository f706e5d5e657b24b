import { expect, test } from 'vitest'
import { mayAssignIdentities } from '../../../sandbox/worlds/access.ts'
import { clusterOf, identity, identityOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

const ourIdentity = 'argocd-rg/argocd-workload-identity'
const assign = { ...prepareHub, 'assign-identity': 'true' }

test('The identity becomes that of the control plane as well, in the one update, and it is said beforehand what that costs', async () => {
  const world = worlds['first-light']!()
  mayAssignIdentities(hub)(world)
  const stage = await enter(world)

  const { run } = await stage.succeeds(assign)

  const [id, ...others] = Object.keys(clusterOf(world, hub).arm.identity.userAssignedIdentities ?? {})
  expect(others).toEqual([])
  expect(id!.toLowerCase()).toBe(identityOf(world, ourIdentity).id.toLowerCase())
  expect(planOf(run)[0]!.fields).toEqual([
    'oidcIssuerProfile.enabled',
    'securityProfile.workloadIdentity.enabled',
    'identity.type',
    `identity.userAssignedIdentities['${id}']`,
  ])
  expect(run.log).toContain('Warning: AKS cluster argocd-aks gets an OIDC issuer')
  expect(run.log).toContain(
    'Warning: The control plane of AKS cluster argocd-aks becomes argocd-workload-identity in place of its system-assigned one',
  )
  expect(run.log.indexOf('Warning: The control plane')).toBeLessThan(
    run.log.indexOf('~ AKS cluster argocd-aks: updated'),
  )
})

test('Who may not assign identities hears it before anything is written', async () => {
  const stage = await enter(worlds['first-light']!())

  expect(await stage.refuses(assign)).toBe(
    'The caller may not Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on /subscriptions/<subscription>/resourceGroups/argocd-rg: ' +
      'no role that it holds there grants that action. Grant a role with Microsoft.ManagedIdentity/userAssignedIdentities/assign/action ' +
      'at that scope or above (Managed Identity Operator).',
  )
})

test('Another user-assigned identity of the control plane is not replaced', async () => {
  const world = worlds['first-light']!()
  identity('argocd-rg/aks-control-plane')(world)
  const { id, principalId, clientId } = identityOf(world, 'argocd-rg/aks-control-plane')
  clusterOf(world, hub).arm.identity = {
    type: 'UserAssigned',
    userAssignedIdentities: { [id]: { principalId, clientId } },
  }
  const stage = await enter(world)

  expect(await stage.refuses(assign)).toBe(
    `The control plane of AKS cluster argocd-aks is another user-assigned identity already, ${id.replace(/subscriptions\/[^/]+/, 'subscriptions/<subscription>')}: ` +
      'with assign-identity it would be argocd-workload-identity in its place, without the roles that the other one holds. ' +
      'Leave assign-identity out: Argo CD signs in to other clusters without it.',
  )
})
