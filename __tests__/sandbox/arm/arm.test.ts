import { expect, test } from 'vitest'
import { now, type World } from '../../../sandbox/world.ts'
import { onboardingOf } from '../../../sandbox/worlds/access.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { azureOf, codeOf, keyring, send, tokenFor } from './azure.ts'

const hubIn = (subscription: string, type = 'managedClusters') =>
  `/subscriptions/${subscription}/resourceGroups/argocd-rg/providers/Microsoft.ContainerService/${type}/argocd-aks`
const query = { 'api-version': '2026-04-01' }

const tokens: [what: string, token: (world: World) => Promise<string> | string, code: string][] = [
  ['none', () => '', 'AuthenticationFailed'],
  ['something else', () => 'nonsense', 'InvalidAuthenticationToken'],
  [
    'of another tenant',
    () => keyring.sign('https://sts.windows.net/other/', { iss: 'https://sts.windows.net/other/' }, 'test'),
    'InvalidAuthenticationTokenTenant',
  ],
  [
    'of another cloud',
    world =>
      keyring.sign(
        'https://sts.chinacloudapi.cn/x/',
        { iss: `https://sts.chinacloudapi.cn/${world.tenantId}/` },
        'test',
      ),
    'InvalidAuthenticationTokenTenant',
  ],
  [
    'signed by somebody else',
    world => keyring.sign('https://forger/', { iss: `https://sts.windows.net/${world.tenantId}/` }, 'test'),
    'InvalidAuthenticationToken',
  ],
  [
    'for another audience',
    world => tokenFor(world, 'x', { aud: 'https://graph.microsoft.com' }),
    'InvalidAuthenticationTokenAudience',
  ],
  ['expired', world => tokenFor(world, 'x', { exp: Math.floor(now(world) / 1000) }), 'ExpiredAuthenticationToken'],
]
test.each(tokens)('a token that is %s', async (_, tokenOf, code) => {
  const world = worlds['first-light']!()
  const token = await tokenOf(world)
  const answer = await send(world, 'GET', '/subscriptions', {
    query,
    headers: token ? { authorization: `Bearer ${token}` } : {},
  })
  expect(answer.status).toBe(401)
  expect(codeOf(answer)).toBe(code)
  expect(answer.headers?.['www-authenticate']).toContain(
    `authorization_uri="https://login.microsoftonline.com/${world.tenantId}"`,
  )
})

test.each([
  ['with the older audience of the Azure CLI', 'https://management.core.windows.net/'],
  ['with a slash at its end', 'https://management.azure.com/'],
])('a token %s is good', async (_, aud) => {
  const world = worlds['first-light']!()
  const token = await tokenFor(world, onboardingOf(world).objectId, { aud })
  const answer = await send(world, 'GET', '/subscriptions', {
    query: { 'api-version': '2019-11-01' },
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(200)
})

test.each([
  ['no api-version', 'GET', hubIn, {}, 400, 'MissingApiVersionParameter'],
  ['an unknown api-version', 'GET', hubIn, { 'api-version': '1999-01-01' }, 400, 'InvalidApiVersionParameter'],
  [
    'an unknown subscription',
    'GET',
    () => hubIn('00000000-0000-0000-0000-000000000000'),
    query,
    404,
    'SubscriptionNotFound',
  ],
  ['a type that the sandbox does not play', 'GET', (s: string) => hubIn(s, 'fleets'), query, 501, 'NotInSandbox'],
  [
    'an action that it does not play',
    'POST',
    (s: string) => `${hubIn(s)}/rotateClusterCertificates`,
    query,
    501,
    'NotInSandbox',
  ],
  ['management groups', 'GET', () => '/providers/Microsoft.Management/managementGroups', query, 501, 'NotInSandbox'],
] as const)('%s', async (_, method, pathOf, query, status, code) => {
  const azure = await azureOf(worlds['first-light']!())
  const answer = await azure.send(method, pathOf(azure.subscription), { query })
  expect([answer.status, codeOf(answer)]).toEqual([status, code])
})

test('paths are taken in any case and with doubled slashes; ids come back as Azure writes them', async () => {
  const azure = await azureOf(worlds['first-light']!())
  const answer = await azure.send('GET', `/${hubIn(azure.subscription).toUpperCase()}/`, { query })
  expect(answer.body).toMatchObject({
    id: hubIn(azure.subscription).replace('resourceGroups', 'resourcegroups'),
    type: 'Microsoft.ContainerService/ManagedClusters',
  })
})

test('every answer names the request, and the log who asked and whether it changed anything', async () => {
  const azure = await azureOf(worlds['first-light']!())
  const read = await azure.send('GET', hubIn(azure.subscription), { query })
  expect(read.headers).toMatchObject({
    'x-ms-request-id': expect.any(String),
    'x-ms-correlation-request-id': expect.any(String),
    'x-ms-ratelimit-remaining-subscription-reads': expect.any(String),
  })
  expect([read.caller, read.write]).toEqual(['onboarding', undefined])

  const identity = `/subscriptions/${azure.subscription}/resourceGroups/argocd-rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/made`
  const write = await azure.send('PUT', identity, {
    query: { 'api-version': '2024-11-30' },
    body: { location: 'westeurope' },
  })
  expect([write.status, write.caller, write.write]).toEqual([201, 'onboarding', true])
})

test('without a role, ARM says which action is missing where', async () => {
  const world = worlds['no-arm-rights']!()
  const azure = await azureOf(world)
  const { clientId, objectId } = onboardingOf(world)
  const answer = await azure.send('GET', hubIn(azure.subscription), { query })
  expect(answer.status).toBe(403)
  expect(answer.body).toEqual({
    error: {
      code: 'AuthorizationFailed',
      message: `The client '${clientId}' with object id '${objectId}' does not have authorization to perform action 'Microsoft.ContainerService/managedClusters/read' over scope '${hubIn(azure.subscription)}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    },
  })
})

test('subscriptions, resource groups and permissions', async () => {
  const azure = await azureOf(worlds['first-light']!())
  const { subscription } = azure
  const subscriptions = await azure.send('GET', '/subscriptions', { query: { 'api-version': '2022-12-01' } })
  expect(subscriptions.body).toMatchObject({ value: [{ subscriptionId: subscription, state: 'Enabled' }] })

  const group = `/subscriptions/${subscription}/resourcegroups/argocd-rg`
  const found = await azure.send('GET', group, { query: { 'api-version': '2021-04-01' } })
  expect(found.body).toMatchObject({
    name: 'argocd-rg',
    location: 'westeurope',
    properties: { provisioningState: 'Succeeded' },
  })

  const permissions = await azure.send('GET', `${hubIn(subscription)}/providers/Microsoft.Authorization/permissions`, {
    query: { 'api-version': '2022-04-01' },
  })
  const { value } = permissions.body as { value: { actions: string[] }[] }
  expect(value.map(({ actions }) => actions.length > 0)).toEqual([true, true, true])
})
