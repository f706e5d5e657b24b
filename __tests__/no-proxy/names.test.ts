import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { clusterOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { enter, enterPrepared, hub, onboardTarget, prepareHub, target } from '../driver/story.ts'
import { ownHostsFile } from '../driver/way-in.ts'

test('Nothing leads out of this network, into the sandbox names alone do, and the environment names no proxy', async () => {
  const { sandbox } = await enter(worlds['first-light']!())

  expect(Object.keys(networkInterfaces())).toEqual(['lo'])
  await expect(lookup('example.com')).rejects.toThrow('ENOTFOUND')
  expect(Object.keys(sandbox.environment).filter(name => /proxy/i.test(name))).toEqual([])
})

test('A host that is not part of the world is not found behind the address either', async () => {
  const { sandbox } = await enter(worlds['target-by-run-command']!())
  const hidden = clusterOf(sandbox.world, target).arm.properties.privateFQDN!

  for (const servername of ['example.com', hidden]) {
    const socket = connect({ host: '127.0.0.1', port: 443, servername, ca: sandbox.keyring.rootCertificate })
    await expect(once(socket, 'secureConnect')).rejects.toThrow()
  }

  expect(sandbox.requests).toMatchObject([
    { host: 'example.com', method: 'CONNECT', status: 403 },
    { host: hidden, method: 'CONNECT', status: 403 },
  ])
})

test('The runner does not know the name of the target', async () => {
  const stage = await enterPrepared(worlds['target-by-run-command']!())

  expect(await stage.refuses({ ...onboardTarget, 'target-access': 'direct' })).toBe(
    'The API server of devworkloadaks1 (https://<private FQDN of devworkloadaks1>:443) could not be reached: the runner cannot resolve the ' +
      "name, as is usual for a private cluster from outside its network. Run the job on a runner inside the cluster's network (runs-on), " +
      'with its private DNS zone linked, or let the action enter by run-command (hub-access or target-access).',
  )
})

test('Nobody listens where the name of the hub leads: that is a reason to turn to run-command, too', async () => {
  const world = worlds['hub-by-run-command']!()
  clusterOf(world, hub).closedToRunner = 'connection refused'
  const stage = await enter(world)

  const { run } = await stage.achieves(prepareHub)

  expect(run.log).toMatch(/^argocd-aks is reached by run-command: connect ECONNREFUSED /m)
})

test('A VM is asked at its own address for its identity', async () => {
  const stage = await enter(worlds['runner-on-vm']!())
  const byMachine = { ...prepareHub, login: 'managed-identity', 'tenant-id': '', 'client-id': '' }

  const { run } = await stage.achieves(byMachine)

  const asked = run.requests.filter(({ host }) => host === '169.254.169.254')
  expect(asked.map(({ path }) => path)).toEqual(Array(2).fill('/metadata/identity/oauth2/token'))
})

test('Where nobody answers there, the runner is on no machine in Azure', async () => {
  const stage = await enter(worlds['first-light']!())

  expect(await stage.refuses({ ...prepareHub, login: 'managed-identity' })).toMatch(
    / Run the job on a machine in Azure that has an identity; on any other runner leave login out, /,
  )
})

test.each([
  [
    'GitHub',
    'actions.githubusercontent.com',
    'Failed to get ID Token. Error Code : undefined Error Message: getaddrinfo ENOTFOUND run-actions-1-azure-eastus.actions.githubusercontent.com.',
  ],
  ['Entra', 'login.microsoftonline.com', 'The caller could not sign in to Microsoft Entra ID: network_error: '],
  ['Azure', 'management.azure.com', 'getaddrinfo ENOTFOUND management.azure.com (ENOTFOUND).'],
])('The runner does not know the names of %s: it shall look at its network', async (_whose, domain, why) => {
  const stage = await enter(worlds['first-light']!())
  const known = await readFile(ownHostsFile!, 'utf8')
  await writeFile(ownHostsFile!, known.replaceAll(new RegExp(`^.*${domain}$`, 'gm'), ''))

  const refusal = await stage.refuses(prepareHub)

  expect(refusal).toContain(why)
  expect(refusal).toMatch(/Check the network of the runner, HTTPS_PROXY, and NODE_EXTRA_CA_CERTS/)
})
