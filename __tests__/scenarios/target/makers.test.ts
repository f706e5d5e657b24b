import { expect, test } from 'vitest'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { World } from '../../../sandbox/world.ts'
import { clusterOf, identityOf } from '../../../sandbox/worlds/builder.ts'
import { azureLogin, serverOf } from '../../../sandbox/worlds/cluster-secrets.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, edit, read } from '../../driver/another-hand.ts'
import { enterPrepared, hub, onboardTarget, planOf, target } from '../../driver/story.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const secrets = '/api/v1/namespaces/argocd/secrets'

/** What the procedure and a declarative Secret say; `config` is what its maker makes of it. */
interface Made {
  name: string
  config: object | string
  metadata?: object
}

/** Applies a cluster Secret for the target as a tool does, with its own field manager. */
async function makes(sandbox: Sandbox, manager: string, { name, config, metadata = {} }: Made): Promise<void> {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' }, ...metadata },
    type: 'Opaque',
    data: {
      name: base64('devworkloadaks1'),
      server: base64(serverOf(clusterOf(sandbox.world, target))),
      config: base64(typeof config === 'string' ? config : JSON.stringify(config)),
    },
  }
  const { status, body } = await sandbox.administer(hub, 'POST', `${secrets}?fieldManager=${manager}`, secret)
  expect(status, JSON.stringify(body)).toBe(201)
}

const loginOf = (world: World, more: Record<string, string>) =>
  azureLogin(identityOf(world, 'argocd-rg/argocd-workload-identity').clientId, world.tenantId, more)

/** A Secret as each tool makes it, and what of it is not right; the shapes are those of the tools, see the comments. */
const makers: [tool: string, manager: string, made: (world: World) => Made, differences: string][] = [
  [
    // util/db/cluster.go, clusterToSecret: a bearer token of the account argocd-manager, and the mark by which `argocd cluster rm` deletes it.
    '`argocd cluster add`',
    'argocd-server',
    world => ({
      name: `cluster-${new URL(serverOf(clusterOf(world, target))).hostname}-1`,
      config: {
        bearerToken: 'canary-token',
        tlsClientConfig: { insecure: false, caData: base64('another authority') },
      },
      metadata: {
        labels: { 'argocd.argoproj.io/secret-type': 'cluster' },
        annotations: { 'managed-by': 'argocd.argoproj.io' },
      },
    }),
    'config.execProviderConfig.command, config.execProviderConfig.args, config.execProviderConfig.env.AAD_LOGIN_METHOD, ' +
      'config.execProviderConfig.env.AZURE_AUTHORITY_HOST, config.execProviderConfig.env.AZURE_CLIENT_ID, ' +
      'config.execProviderConfig.env.AZURE_TENANT_ID, config.execProviderConfig.apiVersion, config.tlsClientConfig.caData',
  ],
  [
    // The procedure that the action replaces, its JSON mended: six variables, the path of the token among them.
    'the procedure by hand',
    'kubectl-client-side-apply',
    world => ({
      name: 'devworkloadaks1-secret',
      config: {
        ...loginOf(world, {
          AAD_ENVIRONMENT_NAME: 'AzurePublicCloud',
          AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
          AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/tokens/azure-identity-token',
        }),
        tlsClientConfig: { insecure: false, caData: base64('another authority') },
      },
    }),
    'config.tlsClientConfig.caData',
  ],
  [
    // kubernetes_secret of Terraform's provider, by jsonencode: keys in alphabetical order, no CA but no check either.
    'Terraform',
    'Terraform',
    world => ({
      name: 'dev-terraform',
      config: { ...loginOf(world, {}), tlsClientConfig: { insecure: true } },
      metadata: { labels: { 'argocd.argoproj.io/secret-type': 'cluster', stage: 'dev' } },
    }),
    'config.execProviderConfig.env.AZURE_AUTHORITY_HOST, config.tlsClientConfig.insecure, config.tlsClientConfig.caData',
  ],
]

test('A Secret of each maker is refused with what differs, and taken over with its name and labels when asked', async () => {
  const stage = await enterPrepared(worlds['first-light']!())
  const { sandbox } = stage
  for (const [tool, manager, madeIn, differences] of makers) {
    const made = madeIn(sandbox.world)
    await makes(sandbox, manager, made)
    const onboard = { ...onboardTarget, labels: 'stage=dev', verify: 'false' }

    const refusal = await stage.refuses(onboard)
    expect(refusal, tool).toContain('by Secret argocd/')
    const label = tool === 'Terraform' ? '' : ', label stage'
    expect(refusal, tool).toContain(`which another tool made: it differs in ${differences}${label}. Take it over`)
    const adopted = await stage.achieves({ ...onboard, allow: 'adopt' })

    expect(adopted.run.outputs['secret-name'], tool).toBe(made.name)
    expect(adopted.run.log, tool).toContain('taken over from another tool, as the input allow says')
    expect(adopted.run.log, tool).not.toContain('canary')
    const { metadata } = await read(sandbox, hub, `${secrets}/${made.name}`)
    expect(metadata.labels, tool).toMatchObject({ stage: 'dev', 'app.kubernetes.io/managed-by': 'argo-aks-onboard' })
    expect(planOf(await stage.run(onboard)), tool).toEqual([])
    await sandbox.administer(hub, 'DELETE', `${secrets}/${made.name}`)
  }
})

test('Argo CD may rewrite our Secret as it does, and a CA that is rotated after that still gets in', async () => {
  const world = worlds['first-light']!()
  const stage = await enterPrepared(world)
  const onboard = { ...onboardTarget, labels: 'env=dev', shard: '1', verify: 'false' }
  const { run } = await stage.achieves(onboard)
  const path = `${secrets}/${run.outputs['secret-name']}`
  // util/db/cluster.go: data is replaced whole, config marshalled anew in the order of its struct, and the annotations are Argo CD's.
  const rewritten = ({ metadata, data }: Editable) => {
    const { execProviderConfig, tlsClientConfig } = JSON.parse(Buffer.from(data.config, 'base64').toString())
    const { command, args, env, apiVersion } = execProviderConfig
    const config = { tlsClientConfig, execProviderConfig: { command, args, env, apiVersion, installHint: undefined } }
    data.config = base64(JSON.stringify(config))
    Object.assign(metadata.annotations, {
      'managed-by': 'argocd.argoproj.io',
      'argocd.argoproj.io/refresh': '2026-01-01T00:00:00Z',
    })
  }
  await edit(stage.sandbox, hub, path, rewritten)
  expect(planOf(await stage.run(onboard)), 'a Secret that only Argo CD has touched').toEqual([])

  clusterOf(world, target).authority = { reported: 'rotated', served: 'rotated' }
  const rotated = await stage.succeeds(onboard)
  expect(planOf(rotated.run)).toMatchObject([{ action: 'update', fields: ['data.config.tlsClientConfig.caData'] }])

  // `argocd cluster set --namespace`: now Argo CD owns a field that nobody asked for, and no apply alone takes it back.
  await edit(stage.sandbox, hub, path, secret => {
    rewritten(secret)
    Object.assign(secret.data, { namespaces: base64('default'), shard: base64('7') })
  })
  const repaired = await stage.succeeds(onboard)
  expect(planOf(repaired.run)).toMatchObject([{ action: 'update', fields: ['data.namespaces', 'data.shard'] }])
})
