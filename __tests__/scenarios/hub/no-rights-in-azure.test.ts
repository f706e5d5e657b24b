import { expect, test } from 'vitest'
import { mayOnboardTarget } from '../../../sandbox/worlds/access.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, prepareHub } from '../../driver/story.ts'

test('A caller without any role in Azure hears which action is refused, and where', async () => {
  const stage = await enter(worlds['no-arm-rights']!())

  expect(await stage.refuses(prepareHub)).toMatch(
    /^Azure refused Microsoft\.\w+\/(managedClusters|userAssignedIdentities)\S*\/read on \/subscriptions\/<subscription>\/resourceGroups\/argocd-rg\/\S+: the caller holds no role there that grants it \(AuthorizationFailed\)\. Grant a role with that action at that scope or above; docs\/permissions\.md lists one for each step\.$/,
  )
})

test('A caller who may only read hears of every missing right at once, before anything is written', async () => {
  const world = worlds['no-arm-rights']!()
  mayOnboardTarget(hub)(world)
  const stage = await enter(world)

  const refusal = await stage.refuses(prepareHub)

  const group = '/subscriptions/<subscription>/resourceGroups/argocd-rg'
  const lacking = (action: string, scope: string, role: string) =>
    `The caller may not ${action} on ${scope}: no role that it holds there grants that action. ` +
    `Grant a role with ${action} at that scope or above (${role}).`
  expect(refusal.split('\n')).toEqual([
    lacking(
      'Microsoft.ContainerService/managedClusters/write',
      `${group}/providers/Microsoft.ContainerService/managedClusters/argocd-aks`,
      'Azure Kubernetes Service Contributor Role',
    ),
    lacking(
      'Microsoft.Network/virtualNetworks/subnets/join/action',
      `${group}/providers/Microsoft.Network/virtualNetworks/argocd-aks-vnet/subnets/nodes`,
      'Network Contributor',
    ),
    lacking('Microsoft.ManagedIdentity/userAssignedIdentities/write', group, 'Managed Identity Contributor'),
    lacking(
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
      group,
      'Managed Identity Contributor',
    ),
  ])
})
