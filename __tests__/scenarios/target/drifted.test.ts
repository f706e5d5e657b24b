import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, edit, remove } from '../../driver/another-hand.ts'
import { enterPrepared, hub, onboardTarget, planOf, target } from '../../driver/story.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const elsewhere = '/subscriptions/0/resourceGroups/x/providers/Microsoft.ContainerService/managedClusters/y'

/** What somebody changes in our Secret, and the fields that the plan then repairs. */
const driftsOfSecret: [what: string, change: (secret: Editable) => void, fields: string[]][] = [
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
  await edit(stage.sandbox, hub, path, ({ metadata, data }) => {
    metadata.labels.stage = 'dev'
    metadata.annotations['managed-by.example/ticket'] = '4711'
    data.project = base64('platform')
  })
  const right = await picture(stage.sandbox)

  for (const [what, change, fields] of driftsOfSecret) {
    await edit(stage.sandbox, hub, path, change)

    const repaired = await stage.achieves({ ...onboardTarget, verify: 'false' })

    expect(planOf(repaired.run), what).toEqual([
      { step: `cluster Secret argocd/${outputs['secret-name']}`, action: 'update', fields },
    ])
    expect(difference(right, await picture(stage.sandbox)), what).toEqual([])
  }
})

const driftsOfBinding: [what: string, change: (binding: Editable) => void, fields: string[]][] = [
  [
    'another tool says that it is its own',
    ({ metadata }) => Object.assign(metadata.labels, { 'app.kubernetes.io/managed-by': 'Helm' }),
    ["metadata.labels['app.kubernetes.io/managed-by']"],
  ],
  [
    'the hub’s id is another',
    ({ metadata }) => Object.assign(metadata.annotations, { 'argo-aks-onboard/hub': elsewhere }),
    ["metadata.annotations['argo-aks-onboard/hub']"],
  ],
  ['somebody else is bound too', ({ subjects }) => subjects.push({ ...subjects[0], name: 'intruder' }), ['subjects']],
  ['somebody else is bound instead', ({ subjects }) => Object.assign(subjects[0], { name: 'other' }), ['subjects']],
]

test('Our ClusterRoleBinding is set right, also where it was deleted or grants another role', async () => {
  const stage = await enterPrepared(worlds['first-light']!())
  const { outputs } = await stage.run(onboardTarget)
  const [{ step }] = JSON.parse(outputs.changes!)
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${step.split(' ')[1]}`
  const right = await picture(stage.sandbox)

  for (const [what, change, fields] of driftsOfBinding) {
    await edit(stage.sandbox, target, path, change)
    const repaired = await stage.achieves({ ...onboardTarget, verify: 'false' })
    expect(planOf(repaired.run), what).toEqual([{ step, action: 'update', fields }])
    expect(difference(right, await picture(stage.sandbox)), what).toEqual([])
  }

  const { body } = await stage.sandbox.administer(target, 'GET', path)
  const { apiVersion, kind, metadata, roleRef, subjects } = body as Editable
  const { name, labels, annotations } = metadata
  const weaker = {
    apiVersion,
    kind,
    metadata: { name, labels, annotations },
    roleRef: { ...roleRef, name: 'view' },
    subjects,
  }
  await remove(stage.sandbox, target, path)
  await stage.sandbox.administer(target, 'POST', path.replace(/\/[^/]+$/, ''), weaker)
  const replaced = await stage.achieves({ ...onboardTarget, verify: 'false' })
  expect(planOf(replaced.run)).toEqual([{ step, action: 'update', fields: ['roleRef.name'] }])

  await remove(stage.sandbox, target, path)
  const madeAgain = await stage.succeeds(onboardTarget)
  expect(planOf(madeAgain.run)).toMatchObject([{ step, action: 'create' }])
  expect(difference(right, await picture(stage.sandbox))).toEqual([])
})
