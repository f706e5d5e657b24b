import { expect, test } from 'vitest'
import { type CloudName, cloudOf } from '../../../sandbox/clouds.ts'
import { idTokenHost } from '../../../sandbox/github/id-token.ts'
import { hostsOf } from '../../../sandbox/sites.ts'
import type { KubernetesObject } from '../../../sandbox/world.ts'
import { clusterOf, identityOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, onboardTarget, prepareHub, type Stage, target } from '../../driver/story.ts'

test.each<[CloudName, where: string, authority: string]>([
  ['us-government', '.usgovvirginia.cx.aks.containerservice.azure.us', 'https://login.microsoftonline.us/'],
  ['china', '.chinanorth3.cx.prod.service.azk8s.cn', 'https://login.chinacloudapi.cn/'],
])('In the cloud %s everything stays in that cloud, and Argo CD is told so', async (name, where, authority) => {
  const stage = await enter(worlds[name]!())
  const cloud = cloudOf(stage.world)

  const prepared = await stage.achieves(prepareHub)
  const onboarded = await stage.succeeds(onboardTarget)

  expect([prepared.run.outputs.verified, onboarded.run.outputs.verified]).toEqual(['proven', 'proven'])
  expect(prepared.run.log).toMatch(`Signing in by GitHub OIDC to ${cloud.cliName.toLowerCase()}: `)
  expect(onboarded.run.outputs.server).toContain(where)

  const servers = [hub, target].flatMap(name => hostsOf(clusterOf(stage.world, name)))
  const expected = [idTokenHost, ...cloud.authorities, cloud.resourceManager, ...servers]
  expect([...new Set(stage.sandbox.requests.map(({ host }) => host))].filter(host => !expected.includes(host))).toEqual(
    [],
  )

  expect(credentials(stage).map(({ audiences }) => audiences)).toEqual([
    [cloud.exchangeAudience],
    [cloud.exchangeAudience],
  ])
  expect(tokens(await stage.sandbox.objects(hub))).toEqual([cloud.exchangeAudience, cloud.exchangeAudience])
  expect(told(await stage.sandbox.objects(hub))).toMatchObject({ AZURE_AUTHORITY_HOST: authority })
})

test('The audience alone is moved where the input says another one', async () => {
  const stage = await enter(worlds['us-government']!())
  const [application] = stage.world.applications
  application!.federatedCredentials[0]!.audiences = ['api://contoso']

  const { run } = await stage.achieves({ ...prepareHub, audience: 'api://contoso' })

  expect(run.outputs.verified).toBe('proven')
  expect(credentials(stage).map(({ audiences }) => audiences)).toEqual([['api://contoso'], ['api://contoso']])
  expect(tokens(await stage.sandbox.objects(hub))).toEqual(['api://contoso', 'api://contoso'])
})

test('Whoever is in another cloud than the clusters, or names a target in another one than the hub, is told so', async () => {
  const stage = await enter(worlds.china!())

  expect(await stage.refuses({ ...prepareHub, environment: 'azurecloud' })).toMatch(
    /^The caller could not sign in to Microsoft Entra ID: AADSTS90002: Tenant '<tenant>' not found\..* Correct the input tenant-id, or environment where the tenant is not in azurecloud\.$/,
  )

  const elsewhere = clusterOf(worlds['us-government']!(), target).arm.id.replace(/[\da-f]{8}(?=-)/, '00000000')
  expect(await stage.refuses({ ...onboardTarget, 'target-cluster': elsewhere })).toMatch(
    /^There is no subscription <id> for the caller: management\.chinacloudapi\.cn knows none .* What is in another cloud \(input environment\) cannot be onboarded: no identity is known in two of them\.$/,
  )
})

const credentials = ({ world }: Stage) =>
  Object.values(identityOf(world, 'argocd-rg/argocd-workload-identity').federatedCredentials)

/** Audiences of the tokens in Argo CD's pods. */
const tokens = (objects: KubernetesObject[]): unknown[] =>
  objects
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .flatMap(({ spec }) => JSON.stringify(spec).match(/"audience":"[^"]+"/g) ?? [])
    .map(found => JSON.parse(`{${found}}`).audience)

/** What the cluster Secret tells Argo CD's plugin. */
function told(objects: KubernetesObject[]): unknown {
  const [secret] = objects.filter(({ kind }) => kind === 'Secret')
  const { config = '' } = secret!.data as Record<string, string>
  return JSON.parse(Buffer.from(config, 'base64').toString()).execProviderConfig.env
}
