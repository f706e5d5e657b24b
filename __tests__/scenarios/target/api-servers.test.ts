import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, hub, onboardTarget, planOf, target } from '../../driver/story.ts'

/** A kube-apiserver does not know where it stands: what depends on that is the same on all of them. */
const embedded = test.skipIf(process.env.KUBEBUILDER_ASSETS)

const fqdnOf = {
  private: 'private FQDN',
  'no-public-fqdn': 'private FQDN',
  'own-zone': 'private FQDN',
  integrated: 'private FQDN',
  public: 'FQDN',
  'public-integrated': 'FQDN',
}

embedded('Argo CD gets the name that Azure hands to users, wherever the API server stands', async () => {
  const stage = await enterPrepared(worlds['api-servers']!())

  for (const [name, fqdn] of Object.entries(fqdnOf)) {
    const onboarded = await stage.succeeds({ ...onboardTarget, 'target-cluster': `dev-rg/${name}` })

    expect(await stage.readable(onboarded.run.outputs.server!)).toBe(`https://<${fqdn} of ${name}>:443`)
    expect(onboarded.run.outputs.verified).toBe('proven')
  }
})

embedded('The input server-fqdn takes the public name of a private cluster, and back', async () => {
  const stage = await enterPrepared(worlds['first-light']!())

  const asPublic = await stage.succeeds({ ...onboardTarget, 'server-fqdn': 'public' })
  expect(await stage.readable(asPublic.run.outputs.server!)).toBe('https://<FQDN of devworkloadaks1>:443')

  const asPrivate = await stage.succeeds({ ...onboardTarget, 'server-fqdn': 'private', allow: 'retarget' })
  expect(planOf(asPrivate.run)).toMatchObject([{ action: 'update', fields: ['data.server'] }])
  expect(asPrivate.run.outputs['secret-name']).toBe(asPublic.run.outputs['secret-name'])
})

embedded('A name that the cluster does not have is refused', async () => {
  const stage = await enterPrepared(worlds['api-servers']!())
  const refuses = (name: string, fqdn: string) =>
    stage.refuses({ ...onboardTarget, 'target-cluster': `dev-rg/${name}`, 'server-fqdn': fqdn })

  expect(await refuses('no-public-fqdn', 'public')).toBe(
    'AKS cluster no-public-fqdn has no public FQDN, which the input server-fqdn asks for: it is private, and its public FQDN is ' +
      'switched off (apiServerAccessProfile.enablePrivateClusterPublicFQDN). Leave server-fqdn out, or switch it on ' +
      '(az aks update --resource-group dev-rg --name no-public-fqdn --enable-public-fqdn).',
  )
  expect(await refuses('public', 'private')).toMatch(/^AKS cluster public has no private FQDN, .*auto takes the name/)
})

test('Another name for the API server goes to Argo CD alone, and is proven from the hub', async () => {
  const stage = await enterPrepared(worlds.peered!())
  const peered = { ...onboardTarget, server: 'https://dev.peered.contoso.example' }

  const withoutName = await stage.run(peered)
  expect(withoutName.exitCode).toBe(1)
  expect(await stage.readable(withoutName.log)).toMatch(
    /The proof failed at the link reach \(https:\/\/dev.peered.contoso.example\): .*valid for .*Set the input tls-server-name/,
  )

  const tlsServerName = clusterOf(stage.world, target).arm.properties.privateFQDN!
  const onboarded = await stage.succeeds({ ...peered, 'tls-server-name': tlsServerName })
  expect(onboarded.run.outputs).toMatchObject({ server: peered.server, verified: 'proven' })
  expect(await configOf(stage)).toMatchObject({ tlsClientConfig: { insecure: false, serverName: tlsServerName } })
})

test('A proxy between hub and target is part of the proof', async () => {
  const world = worlds.peered!()
  const stage = await enterPrepared(world)

  const direct = await stage.run(onboardTarget)
  expect(direct.log).toMatch(/The proof failed at the link reach .*no such host/)

  // What the runner goes through serves as the proxy of the hub's network, too.
  const proxy = stage.sandbox.environment.HTTPS_PROXY!
  const onboarded = await stage.succeeds({ ...onboardTarget, 'proxy-url': proxy })
  expect(onboarded.run.outputs.verified).toBe('proven')
  expect(await configOf(stage)).toMatchObject({ proxyUrl: proxy })
})

embedded('A cluster that trusts another tenant than the identity’s is refused before anybody asks it', async () => {
  const stage = await enterPrepared(worlds['other-tenant']!())

  expect(await stage.refuses(onboardTarget)).toBe(
    'AKS cluster devworkloadaks1 trusts tenant <id>, and identity argocd-workload-identity lives in tenant <tenant>: a cluster accepts ' +
      'tokens of one tenant. Name an identity of the tenant of the cluster with the input identity.',
  )
})

embedded('A cluster that was made anew has another name: its Secret says so, and keeps its own', async () => {
  const world = worlds['first-light']!()
  const stage = await enterPrepared(world)
  const before = await stage.run(onboardTarget)
  const { properties } = clusterOf(world, target).arm
  properties.fqdn = properties.fqdn!.replace('devworkloadaks1-', 'devworkloadaks1-again-')
  properties.privateFQDN = properties.privateFQDN!.replace('devworkloadaks1-', 'devworkloadaks1-again-')

  const after = await stage.achieves({ ...onboardTarget, allow: 'retarget' })

  expect(planOf(after.run)).toMatchObject([{ action: 'update', fields: expect.arrayContaining(['data.server']) }])
  expect(after.run.outputs['secret-name']).toBe(before.outputs['secret-name'])
  expect(await stage.readable(after.run.outputs.server!)).toBe('https://<private FQDN of devworkloadaks1>:443')
})

async function configOf(stage: Awaited<ReturnType<typeof enterPrepared>>): Promise<object> {
  const [secret] = (await stage.sandbox.objects(hub)).filter(({ kind }) => kind === 'Secret')
  return JSON.parse(Buffer.from((secret!.data as { config: string }).config, 'base64').toString())
}
