import { expect, test } from 'vitest'
import { createKeyring } from '../../../sandbox/keyring.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { registered, serverOf } from '../../../sandbox/worlds/cluster-secrets.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, hub, onboardTarget, target } from '../../driver/story.ts'

test('A Secret with a password is taken over when asked: its labels stay, its login goes and is never shown', async () => {
  const world = worlds['first-light']!()
  const keyring = await createKeyring()
  const password = keyring.register('correct-horse-battery-staple', 'password of a cluster Secret')
  registered(hub, world => ({
    secretName: 'dev',
    name: 'devworkloadaks1',
    server: serverOf(clusterOf(world, target)),
    config: { username: 'argocd', password, tlsClientConfig: { insecure: true } },
    labels: { stage: 'dev' },
  }))(world)
  const stage = await enterPrepared(world, keyring)

  expect(await stage.refuses(onboardTarget)).toBe(
    'https://<private FQDN of devworkloadaks1>:443 is already registered by Secret argocd/dev, which another tool made: it differs in ' +
      'config.execProviderConfig.command, config.execProviderConfig.args, config.execProviderConfig.env.AAD_LOGIN_METHOD, ' +
      'config.execProviderConfig.env.AZURE_AUTHORITY_HOST, config.execProviderConfig.env.AZURE_CLIENT_ID, ' +
      'config.execProviderConfig.env.AZURE_TENANT_ID, config.execProviderConfig.apiVersion, config.tlsClientConfig.insecure, ' +
      'config.tlsClientConfig.caData. Take it over with allow: adopt (it keeps its name and its labels, and name, server and config ' +
      'are written anew), or delete it, and run again.',
  )

  const adopted = await stage.succeeds({ ...onboardTarget, allow: 'adopt' })
  const secret = (await stage.sandbox.objects(hub)).find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.name === 'dev',
  )
  expect(secret?.metadata.labels).toMatchObject({ stage: 'dev', 'app.kubernetes.io/managed-by': 'argo-aks-onboard' })
  await stage.matches('adoption.md', adopted)
})
