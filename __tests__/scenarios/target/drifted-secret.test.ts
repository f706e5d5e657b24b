import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, edit } from '../../driver/another-hand.ts'
import { enterPrepared, hub, onboardTarget, planOf } from '../../driver/story.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const elsewhere = '/subscriptions/0/resourceGroups/x/providers/Microsoft.ContainerService/managedClusters/y'

/** What somebody changes in our Secret, and the fields that the plan then repairs. */
const drifts: [what: string, change: (secret: Editable) => void, fields: string[]][] = [
  [
    'Argo CD’s label is gone',
    ({ metadata }) => delete metadata.labels['argocd.argoproj.io/secret-type'],
    ["metadata.labels['argocd.argoproj.io/secret-type']"],
  ],
  [
    'the hub’s id is another',
    ({ metadata }) => Object.assign(metadata.annotations, { 'argo-aks-onboard/hub': elsewhere }),
    ["metadata.annotations['argo-aks-onboard/hub']"],
  ],
  [
    'the target’s id is another',
    ({ metadata }) => Object.assign(metadata.annotations, { 'argo-aks-onboard/target': elsewhere }),
    ["metadata.annotations['argo-aks-onboard/target']"],
  ],
  ['the name is another', ({ data }) => Object.assign(data, { name: base64('renamed') }), ['data.name']],
  ['the server is another', ({ data }) => Object.assign(data, { server: base64('https://old:443') }), ['data.server']],
  ['a project alone may use it', ({ data }) => Object.assign(data, { project: base64('team-a') }), ['data.project']],
  [
    'the login is a token',
    ({ data }) => Object.assign(data, { config: base64('{"bearerToken":"t","tlsClientConfig":{"insecure":true}}') }),
    [
      'data.config.execProviderConfig.command',
      'data.config.execProviderConfig.args',
      'data.config.execProviderConfig.env.AAD_LOGIN_METHOD',
      'data.config.execProviderConfig.env.AZURE_AUTHORITY_HOST',
      'data.config.execProviderConfig.env.AZURE_CLIENT_ID',
      'data.config.execProviderConfig.env.AZURE_TENANT_ID',
      'data.config.execProviderConfig.apiVersion',
      'data.config.tlsClientConfig.insecure',
      'data.config.tlsClientConfig.caData',
      'data.config.bearerToken',
    ],
  ],
]

test('Our Secret is set right whatever another hand did to it, and what others added stays', async () => {
  const stage = await enterPrepared(worlds['first-light']!())
  const { outputs } = await stage.run(onboardTarget)
  const path = `/api/v1/namespaces/argocd/secrets/${outputs['secret-name']}`
  await edit(stage.sandbox, hub, path, ({ metadata }) => {
    metadata.labels.stage = 'dev'
    metadata.annotations['managed-by.example/ticket'] = '4711'
  })
  const right = await picture(stage.sandbox)

  for (const [what, change, fields] of drifts) {
    await edit(stage.sandbox, hub, path, change)

    const repaired = await stage.achieves({ ...onboardTarget, verify: 'false' })

    expect(planOf(repaired.run), what).toEqual([
      { step: `cluster Secret argocd/${outputs['secret-name']}`, action: 'update', fields },
    ])
    expect(difference(right, await picture(stage.sandbox)), what).toEqual([])
  }
})
