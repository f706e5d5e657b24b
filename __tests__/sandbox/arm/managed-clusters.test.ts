import type { ManagedCluster } from '@azure/arm-containerservice'
import { describe, expect, test } from 'vitest'
import { roles } from '../../../sandbox/arm/built-in-roles.ts'
import type { AksCluster, World } from '../../../sandbox/world.ts'
import { grant, isClusterAdmin, mayPrepareHub, onboardingApplication } from '../../../sandbox/worlds/access.ts'
import { clusterOf, identity, identityOf, worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { azureOf, codeOf } from './azure.ts'

const hub = 'argocd-rg/argocd-aks'
const query = { 'api-version': '2026-06-01' }
const argocdOf = () => worldOf('arm', onboardingApplication, cluster(hub), mayPrepareHub(hub), isClusterAdmin(hub))

const withIssuer = (model: ManagedCluster): ManagedCluster => ({
  ...model,
  oidcIssuerProfile: { enabled: true },
  securityProfile: { workloadIdentity: { enabled: true } },
})

describe('as the Azure SDK sees it', () => {
  test('switching the issuer on: get, put, poll, and the URL is there', async () => {
    const world = argocdOf()
    const before = structuredClone(clusterOf(world, hub).arm)
    const { clusters } = await azureOf(world)
    const found = await clusters.get('argocd-rg', 'argocd-aks')
    expect(found.oidcIssuerProfile?.issuerURL).toBeUndefined()

    const updated = await clusters.createOrUpdate('argocd-rg', 'argocd-aks', withIssuer(found), {
      ifMatch: found.eTag!,
      updateIntervalInMs: 1,
    })
    expect(updated.provisioningState).toBe('Succeeded')
    expect(updated.oidcIssuerProfile).toEqual({ enabled: true, issuerURL: clusterOf(world, hub).issuerUrl })

    const after = structuredClone(clusterOf(world, hub).arm)
    const { oidcIssuerProfile, securityProfile, agentPoolProfiles, ...rest } = after.properties
    const { oidcIssuerProfile: _o, securityProfile: _s, agentPoolProfiles: pools, ...restBefore } = before.properties
    expect(rest).toEqual(restBefore)
    expect(securityProfile).toEqual({ workloadIdentity: { enabled: true } })
    expect(withoutTag(agentPoolProfiles)).toEqual(withoutTag(pools))
    expect(after.eTag).not.toBe(before.eTag)
  })

  test('an update that fails', async () => {
    const world = argocdOf()
    clusterOf(world, hub).nextUpdateFails = { code: 'InternalError', message: 'Something broke.' }
    const { clusters } = await azureOf(world)
    const found = await clusters.get('argocd-rg', 'argocd-aks')
    const update = clusters.createOrUpdate('argocd-rg', 'argocd-aks', withIssuer(found), { updateIntervalInMs: 1 })
    await expect(update).rejects.toThrow('InternalError. Something broke.')
    expect(await clusters.get('argocd-rg', 'argocd-aks')).toMatchObject({
      provisioningState: 'Failed',
      oidcIssuerProfile: { enabled: true },
    })
  })

  test('lists come in pages', async () => {
    const many = Array.from({ length: 150 }, (_, number) => cluster(`argocd-rg/aks-${number}`))
    const { clusters } = await azureOf(worldOf('many', onboardingApplication, ...many, mayPrepareHub(hub)))
    const names = []
    for await (const { name } of clusters.listByResourceGroup('argocd-rg')) names.push(name)
    expect(names).toHaveLength(150)
  })

  test('a list of the subscription needs a role there', async () => {
    const { clusters } = await azureOf(argocdOf())
    await expect(clusters.list().next()).rejects.toMatchObject({ code: 'AuthorizationFailed' })
  })

  test('a cluster that is not there', async () => {
    const { clusters } = await azureOf(argocdOf())
    await expect(clusters.get('argocd-rg', 'nothing')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
      message: expect.stringContaining(
        "The Resource 'Microsoft.ContainerService/managedClusters/nothing' under resource group 'argocd-rg' was not found.",
      ),
    })
  })
})

describe('a PUT is refused', () => {
  type Body = { [key: string]: unknown; properties: Record<string, unknown> }
  interface Case {
    given?: (cluster: AksCluster, world: World) => void
    headers?: (cluster: AksCluster) => Record<string, string>
    but?: (body: Body, world: World) => void
    status: number
    code: string
  }
  const anIdentity = 'argocd-rg/argocd-workload-identity'
  const assign = (body: Body, id: string) => {
    body.identity = { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } }
  }
  const running = (cluster: AksCluster, world: World) => {
    const operation = { id: 'o', cluster: cluster.arm.id, status: 'InProgress', pollsLeft: 5, startTime: '' } as const
    world.operations.o = { ...operation }
    cluster.operation = 'o'
    cluster.arm.properties.provisioningState = 'Updating'
  }

  const cases: Record<string, Case> = {
    'both match headers': {
      headers: () => ({ 'if-match': 'x', 'if-none-match': '*' }),
      status: 400,
      code: 'BadRequest',
    },
    'if-none-match with an etag': { headers: () => ({ 'if-none-match': 'x' }), status: 400, code: 'BadRequest' },
    'if-none-match, and it exists': {
      headers: () => ({ 'if-none-match': '*' }),
      status: 412,
      code: 'PreconditionFailed',
    },
    'an old etag': { headers: () => ({ 'if-match': 'x' }), status: 412, code: 'PreconditionFailed' },
    'an operation runs': { given: running, status: 409, code: 'OperationNotAllowed' },
    'an operation runs that changed the etag': {
      given: running,
      headers: () => ({ 'if-match': 'x' }),
      status: 409,
      code: 'EtagMismatch',
    },
    'a stopped cluster': {
      given: ({ arm }) => {
        arm.properties.powerState.code = 'Stopped'
      },
      status: 400,
      code: 'OperationNotAllowed',
    },
    'another location': {
      but: body => {
        body.location = 'eastus'
      },
      status: 409,
      code: 'InvalidResourceLocation',
    },
    'a property left out': {
      but: ({ properties }) => delete properties.networkProfile,
      status: 501,
      code: 'NotInSandbox',
    },
    'the issuer switched off': {
      given: cluster => {
        cluster.arm.properties.oidcIssuerProfile = { enabled: true, issuerURL: cluster.issuerUrl }
      },
      but: ({ properties }) => {
        properties.oidcIssuerProfile = { enabled: false }
      },
      status: 400,
      code: 'OIDCIssuerFeatureCannotBeDisabled',
    },
    'workload identity without the issuer': {
      but: ({ properties }) => {
        properties.securityProfile = { workloadIdentity: { enabled: true } }
      },
      status: 400,
      code: 'BadRequest',
    },
    'an identity that the caller may not assign': {
      given: (_, world) => identity(anIdentity)(world),
      but: (body, world) => assign(body, identityOf(world, anIdentity).id),
      status: 403,
      code: 'LinkedAuthorizationFailed',
    },
    'an identity that is not there': {
      given: (_, world) => grant(world, roles.managedIdentityOperator, Object.values(world.resourceGroups)[0]!.id),
      but: (body, world) =>
        assign(
          body,
          `${Object.values(world.resourceGroups)[0]!.id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x`,
        ),
      status: 400,
      code: 'FailedIdentityOperation',
    },
    'a subnet that the caller may not join': {
      but: ({ properties }) => {
        properties.agentPoolProfiles = [{ name: 'system', vnetSubnetID: '/subscriptions/x/subnets/foreign' }]
      },
      status: 403,
      code: 'LinkedAuthorizationFailed',
    },
    'a subnet of the API server that the caller may not join': {
      but: ({ properties }) => {
        properties.apiServerAccessProfile = {
          enableVnetIntegration: true,
          subnetId: '/subscriptions/x/subnets/foreign',
        }
      },
      status: 403,
      code: 'LinkedAuthorizationFailed',
    },
    'a workspace whose keys the caller may not read': {
      but: ({ properties }) => {
        const config = { logAnalyticsWorkspaceResourceID: '/subscriptions/x/workspaces/logs' }
        properties.addonProfiles = { omsagent: { enabled: true, config } }
      },
      status: 403,
      code: 'LinkedAuthorizationFailed',
    },
  }

  test.each(Object.entries(cases))('%s', async (_, { given, headers, but, status, code }) => {
    const world = argocdOf()
    const cluster = clusterOf(world, hub)
    given?.(cluster, world)
    const body = structuredClone(cluster.arm) as unknown as Body
    but?.(body, world)
    const before = structuredClone(cluster.arm)

    const azure = await azureOf(world)
    const answer = await azure.send('PUT', cluster.arm.id, { query, headers: headers?.(cluster) ?? {}, body })
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
    expect(answer.write).toBeUndefined()
    expect(cluster.arm).toEqual(before)
  })
})

test('an etag mismatch during an operation comes in the flat envelope of AKS', async () => {
  const world = argocdOf()
  const { arm } = clusterOf(world, hub)
  const azure = await azureOf(world)
  const old = arm.eTag
  await azure.send('PUT', arm.id, { query, body: arm })
  const answer = await azure.send('PUT', arm.id, { query, headers: { 'if-match': old }, body: arm })
  expect(answer.body).toMatchObject({
    code: 'EtagMismatch',
    subcode: 'PutManagedClusterAndComponents_FailedPrecondition',
    details: [{ message: 'rpc error: code = FailedPrecondition desc = Etag mismatched' }],
  })
})

test('what the caller left out because it does not know it stays, and what is read-only is ignored', async () => {
  const world = argocdOf()
  const { arm } = clusterOf(world, hub)
  const azure = await azureOf(world)
  const { networkPluginMode: _, ...networkProfile } = arm.properties.networkProfile as Record<string, unknown>
  const body = {
    ...arm,
    eTag: 'mine',
    properties: { ...arm.properties, networkProfile, fqdn: 'mine', provisioningState: 'mine' },
  }
  await azure.send('PUT', arm.id, { query, body })
  expect(clusterOf(world, hub).arm).toMatchObject({
    properties: {
      networkProfile: { networkPluginMode: 'overlay' },
      fqdn: arm.properties.fqdn,
      provisioningState: 'Updating',
    },
  })
  expect(clusterOf(world, hub).arm.eTag).not.toBe('mine')
})

test("assigning an identity replaces the control plane's own", async () => {
  const world = argocdOf()
  const reference = 'argocd-rg/argocd-workload-identity'
  identity(reference)(world)
  const { id, principalId, clientId } = identityOf(world, reference)
  grant(world, roles.managedIdentityOperator, id)
  const azure = await azureOf(world)
  const { arm } = clusterOf(world, hub)
  const body = { ...arm, identity: { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } } }
  const answer = await azure.send('PUT', arm.id, { query, body })
  expect(answer.status).toBe(200)
  expect(clusterOf(world, hub).arm.identity).toEqual({
    type: 'UserAssigned',
    userAssignedIdentities: { [id]: { principalId, clientId } },
  })
})

const withoutTag = (pools: unknown) => (pools as { eTag: string }[]).map(({ eTag: _, ...pool }) => pool)
