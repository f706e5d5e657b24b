import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { roles } from '../../../sandbox/arm/built-in-roles.ts'
import { grant, mayPrepareHub, onboardingApplication } from '../../../sandbox/worlds/access.ts'
import { clusterOf, worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster, presentsForeignCertificate } from '../../../sandbox/worlds/clusters.ts'
import { azureOf, codeOf, keyring } from './azure.ts'

const hub = 'argocd-rg/argocd-aks'
const worldWith = (entra: boolean) =>
  worldOf('credentials', onboardingApplication, cluster(hub, { entra }), mayPrepareHub(hub))

const kubeconfigOf = (credentials: { kubeconfigs?: { value?: Uint8Array }[] }) =>
  parse(Buffer.from(credentials.kubeconfigs![0]!.value!).toString())

test('with Entra the kubeconfig holds server, CA and kubelogin, and no secret', async () => {
  const world = worldWith(true)
  const { arm, authority } = clusterOf(world, hub)
  const { clusters } = await azureOf(world)
  const secrets = keyring.secrets.size
  const kubeconfig = kubeconfigOf(
    await clusters.listClusterUserCredentials('argocd-rg', 'argocd-aks', { format: 'exec' }),
  )

  const [{ cluster: entry, name }] = kubeconfig.clusters
  expect(name).toBe('argocd-aks')
  expect(entry.server).toBe(`https://${arm.properties.privateFQDN}:443`)
  expect(Buffer.from(entry['certificate-authority-data'], 'base64').toString()).toBe(
    (await keyring.authority(authority.reported)).certificate,
  )
  expect(kubeconfig.users[0].user.exec).toMatchObject({
    command: 'kubelogin',
    args: expect.arrayContaining(['--tenant-id', world.tenantId]),
  })
  expect(keyring.secrets.size).toBe(secrets)
})

test('the public FQDN and the older form of login are given when asked for', async () => {
  const world = worldWith(true)
  const { clusters } = await azureOf(world)
  const options = { format: 'azure', serverFqdn: 'public' }
  const kubeconfig = kubeconfigOf(await clusters.listClusterUserCredentials('argocd-rg', 'argocd-aks', options))
  expect(kubeconfig.clusters[0].cluster.server).toBe(`https://${clusterOf(world, hub).arm.properties.fqdn}:443`)
  expect(kubeconfig.users[0].user['auth-provider'].name).toBe('azure')
})

test('the CA is the one that ARM reports, whatever the server presents', async () => {
  const world = worldWith(true)
  presentsForeignCertificate(hub)(world)
  const { authority } = clusterOf(world, hub)
  const { clusters } = await azureOf(world)
  const kubeconfig = kubeconfigOf(await clusters.listClusterUserCredentials('argocd-rg', 'argocd-aks'))
  const ca = Buffer.from(kubeconfig.clusters[0].cluster['certificate-authority-data'], 'base64').toString()
  expect(ca).not.toBe((await keyring.authority(authority.served)).certificate)
})

test("without Entra the user's kubeconfig is an administrator's, and all of it that is secret is known as such", async () => {
  const world = worldWith(false)
  const { clusters } = await azureOf(world)
  const { user } = kubeconfigOf(await clusters.listClusterUserCredentials('argocd-rg', 'argocd-aks')).users[0]
  const certificate = new X509Certificate(Buffer.from(user['client-certificate-data'], 'base64'))
  expect(certificate.subject).toBe('O=system:masters\nCN=masterclient')
  const { certificate: ca } = await keyring.authority(clusterOf(world, hub).authority.served)
  expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true)
  for (const secret of [
    user['client-key-data'],
    Buffer.from(user['client-key-data'], 'base64').toString(),
    user.token,
  ]) {
    expect(keyring.secrets.has(secret)).toBe(true)
  }
})

test('no static credential where local accounts are disabled', async () => {
  const { clusters } = await azureOf(worldWith(true))
  await expect(clusters.listClusterAdminCredentials('argocd-rg', 'argocd-aks')).rejects.toMatchObject({
    code: 'BadRequest',
    message: 'Getting static credential is not allowed because this cluster is set to disable local accounts.',
  })
})

test('reading a cluster is not enough to fetch its kubeconfig', async () => {
  const world = worldOf('reader', onboardingApplication, cluster(hub))
  grant(world, roles.reader, Object.values(world.resourceGroups)[0]!.id)
  const azure = await azureOf(world)
  const { id } = clusterOf(world, hub).arm
  const answer = await azure.send('POST', `${id}/listClusterUserCredential`, { query: { 'api-version': '2026-06-01' } })
  expect([answer.status, codeOf(answer)]).toEqual([403, 'AuthorizationFailed'])
})
