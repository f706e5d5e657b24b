import { strFromU8, unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { azureLogin, registered, serverOf } from '../../../sandbox/worlds/cluster-secrets.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { commandsOf, enterPrepared, hub, onboardTarget, target } from '../../driver/story.ts'

const byRunCommand = { ...onboardTarget, 'hub-access': 'run-command', 'target-access': 'run-command' }
const planted = ['canary-password', 'canary-token', 'canary-key']
const login = {
  username: 'someone',
  password: planted[0],
  bearerToken: planted[1],
  tlsClientConfig: { certData: 'c29tZXRoaW5n', keyData: planted[2] },
}

test('What other tools keep in cluster Secrets stays in the cluster, also of the very target that is asked for', async () => {
  const world = worlds['run-command-only']!()
  const servers = { elsewhere: 'https://elsewhere.example:443', target: serverOf(clusterOf(world, target)) }
  for (const [name, server] of Object.entries(servers)) {
    const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(login) }
    registered(hub, () => ({ secretName: name, name, server, config: login, annotations: lastApplied }))(world)
  }
  const stage = await enterPrepared(world)

  expect(await stage.refuses(byRunCommand)).toContain('is already registered by Secret argocd/target')
  // The plan cannot name what it takes away: it was not shown either.
  const run = await stage.run({ ...byRunCommand, allow: 'adopt' })

  const passed = trafficOf(stage.sandbox)
  expect(run.exitCode, run.log).toBe(0)
  expect(passed).toContain('elsewhere')
  for (const secret of planted) {
    expect(passed).not.toContain(secret)
    expect(passed).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12))
  }
})

test('A config that spans lines is read as one', async () => {
  const world = worlds['run-command-only']!()
  const config = JSON.stringify(azureLogin('11111111-1111-1111-1111-111111111111', world.tenantId), null, 2)
  registered(hub, () => ({ secretName: 'dev', name: 'dev', server: serverOf(clusterOf(world, target)), config }))(world)
  const stage = await enterPrepared(world)

  expect(await stage.refuses(byRunCommand)).toMatch(
    /it differs in name "dev", config\.execProviderConfig\.env\.AZURE_AUTHORITY_HOST, config\.execProviderConfig\.env\.AZURE_CLIENT_ID, config\.tlsClientConfig\./,
  )
})

test('A hub with 300 cluster Secrets takes no more commands than an empty one', async () => {
  const world = worlds['run-command-only']!()
  for (let n = 1; n <= 300; n++) {
    const config = azureLogin('11111111-1111-1111-1111-111111111111', world.tenantId)
    registered(hub, () => ({ secretName: `c${n}`, name: `c${n}`, server: `https://c${n}.example:443`, config }))(world)
  }
  const stage = await enterPrepared(world)

  const { run } = await stage.achieves(byRunCommand)

  expect(run.outputs.verified).toBe('proven')
  expect(commandsOf(run), 'each cluster: a read, a write, a proof').toBe(6)
})

/** All that passed through Azure Resource Manager on the way into clusters and out of them, but for the caller's own token. */
function trafficOf({ requests, world }: Sandbox): string {
  const sent = requests
    .filter(({ method, path }) => method === 'POST' && /\/runCommand$/i.test(path))
    .map(({ body }) => JSON.parse(body) as { command: string; context: string })
    .flatMap(({ command, context }) => [
      command,
      ...Object.values(unzipSync(Buffer.from(context, 'base64'))).map(file => strFromU8(file)),
    ])
  const printed = Object.values(world.commands).map(({ outcome }) => outcome.logs ?? '')
  return [...sent, ...printed].join('\n')
}
