import { expect, test } from 'vitest'
import { roles } from '../../../sandbox/arm/built-in-roles.ts'
import { identityId, keyOf, resourceGroupId } from '../../../sandbox/arm/resource-id.ts'
import { uuid } from '../../../sandbox/world.ts'
import { grant, onboardingOf } from '../../../sandbox/worlds/access.ts'
import { clusterOf, federatedCredential, identity, identityOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, errorsIn, hub, onboardTarget, planOf, prepareHub } from '../../driver/story.ts'

test('An identity of another subscription, resource group and region is used as it is, with the tags that it has', async () => {
  const world = worlds['first-light']!()
  const subscription = uuid(world)
  const group = resourceGroupId(subscription, 'identities-rg')
  const id = identityId(subscription, 'identities-rg', 'argocd')
  world.subscriptions.push({ id: subscription, displayName: 'Contoso Identities' })
  world.resourceGroups[keyOf(group)] = { id: group, name: 'identities-rg', location: 'northeurope', tags: {} }
  world.identities[keyOf(id)] = {
    id,
    name: 'argocd',
    location: 'northeurope',
    tags: { team: 'identity' },
    clientId: uuid(world),
    principalId: uuid(world),
    federatedCredentials: {},
  }
  grant(world, roles.managedIdentityContributor, group)
  const stage = await enter(world)

  const { run } = await stage.succeeds({ ...prepareHub, identity: id, tags: 'owner=platform' })

  expect(planOf(run).map(({ action }) => action)).toEqual(['update', 'create', 'create', 'update', 'update'])
  expect(run.log).toContain('(not made for this hub by the action, so its tags stay as they are)')
  expect(identityOf(world, id).tags).toEqual({ team: 'identity' })
})

const ourIdentity = 'argocd-rg/argocd-workload-identity'
const accounts = ['argocd-server', 'argocd-application-controller']

test('An identity that the inputs tell is looked after by somebody else: its provider is asked for nothing', async () => {
  const world = worlds['first-light']!()
  identity(ourIdentity)(world)
  const { clientId, principalId } = identityOf(world, ourIdentity)
  for (const [name, assignment] of Object.entries(world.roleAssignments)) {
    if (assignment.roleDefinition === roles.managedIdentityContributor) delete world.roleAssignments[name]
  }
  const told = { 'identity-client-id': clientId, 'identity-principal-id': principalId }
  const stage = await enter(world)

  const first = await stage.run({ ...prepareHub, ...told })
  expect(first.exitCode).toBe(1)
  const { issuerUrl } = clusterOf(world, hub)
  expect(first.log).toContain(
    'to be made by whoever owns the identity: issuer as the output oidc-issuer-url will say, ' +
      'subject "system:serviceaccount:argocd:argocd-server", audience "api://AzureADTokenExchange"',
  )
  expect(errorsIn(first)).toContain(
    `whoever owns the identity has to give it one with exactly issuer "${issuerUrl}", subject "system:serviceaccount:argocd:argocd-server", audience "api://AzureADTokenExchange"`,
  )

  for (const account of accounts) federatedCredential(ourIdentity, account, `argocd/${account}`, issuerUrl)(world)
  const again = await stage.run({ ...prepareHub, ...told })
  expect(again, again.log).toMatchObject({
    exitCode: 0,
    outputs: { changed: 'false', verified: 'proven', 'identity-client-id': clientId, 'tenant-id': world.tenantId },
  })

  const target = await stage.run({ ...onboardTarget, ...told })
  expect(target, target.log).toMatchObject({
    exitCode: 0,
    outputs: { verified: 'proven', 'identity-principal-id': principalId, 'tenant-id': world.tenantId },
  })
  const asked = stage.sandbox.requests.filter(({ path }) => /Microsoft\.ManagedIdentity/i.test(path))
  expect(asked).toEqual([])
  expect(onboardingOf(world).clientId).not.toBe(clientId)
})
