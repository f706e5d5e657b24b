import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, edit, read } from '../../driver/another-hand.ts'
import { enter, hub, planOf, prepareHub } from '../../driver/story.ts'

const path = '/apis/apps/v1/namespaces/argocd/deployments/argocd-server'
const unverified = { ...prepareHub, verify: 'false' }
const inContainer = 'spec.template.spec.containers[argocd-server]'
const variable = `${inContainer}.env[AZURE_FEDERATED_TOKEN_FILE]`
const mount = `${inContainer}.volumeMounts[/var/run/secrets/azure/tokens]`
const volume = 'spec.template.spec.volumes[azure-identity-token]'
const annotation = "spec.template.metadata.annotations['argo-aks-onboard/oidc-issuer']"

const podOf = ({ spec }: Editable): Editable => spec.template.spec
const containerOf = (deployment: Editable): Editable => podOf(deployment).containers[0]
const annotationsOf = ({ spec }: Editable): Editable => spec.template.metadata.annotations
const named = (items: Editable[], name: string): Editable => items.find(item => item.name === name)
const take = (items: Editable[], name: string): void => void items.splice(items.indexOf(named(items, name)), 1)

test('What another hand took from Argo CD’s workload is added again, what it changed elsewhere stays', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.run(unverified)
  await edit(stage.sandbox, hub, path, deployment => {
    containerOf(deployment).image = 'registry.example/argoproj/argocd:v3.5.2'
    containerOf(deployment).env.push({ name: 'GOGC', value: '50' })
    annotationsOf(deployment)['kubectl.kubernetes.io/restartedAt'] = '2026-11-24T08:00:00Z'
  })
  expect(planOf((await stage.achieves(unverified)).run)).toEqual([])
  const right = await picture(stage.sandbox)

  await edit(stage.sandbox, hub, path, deployment => take(containerOf(deployment).env, 'AZURE_FEDERATED_TOKEN_FILE'))
  const withVariable = await stage.achieves(unverified)
  expect(planOf(withVariable.run)).toEqual([{ step: 'Deployment argocd-server', action: 'update', fields: [variable] }])

  await edit(stage.sandbox, hub, path, deployment => {
    take(podOf(deployment).volumes, 'azure-identity-token')
    take(containerOf(deployment).volumeMounts, 'azure-identity-token')
  })
  const withVolume = await stage.achieves(unverified)
  expect(planOf(withVolume.run)).toMatchObject([{ fields: [mount, volume] }])
  expect(difference(right, await picture(stage.sandbox))).toEqual([])

  // Nothing hangs on the annotation alone, so that no pod is restarted for its sake.
  await edit(stage.sandbox, hub, path, deployment => delete annotationsOf(deployment)['argo-aks-onboard/oidc-issuer'])
  expect(planOf((await stage.achieves(unverified)).run)).toEqual([])
})

test('Where another hand moved the mount, the variable follows', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.run(unverified)
  await edit(stage.sandbox, hub, path, deployment => {
    named(containerOf(deployment).volumeMounts, 'azure-identity-token').mountPath = '/elsewhere'
  })

  const followed = await stage.succeeds(prepareHub)

  expect(planOf(followed.run)).toMatchObject([{ step: 'Deployment argocd-server', fields: [`${variable}.value`] }])
})

/** What somebody sets to a value of their own, and how the run says so. */
const foreign: [field: string, from: string, to: string, change: (deployment: Editable) => void][] = [
  [
    `${variable}.value`,
    '"/elsewhere"',
    '"/var/run/secrets/azure/tokens/azure-identity-token"',
    deployment => {
      named(containerOf(deployment).env, 'AZURE_FEDERATED_TOKEN_FILE').value = '/elsewhere'
    },
  ],
  [
    `${volume}.projected.sources`,
    '[{"serviceAccountToken":{"audience":"x","expirationSeconds":3600,"path":"azure-identity-token"}}]',
    '[{"serviceAccountToken":{"audience":"api://AzureADTokenExchange","expirationSeconds":3600,"path":"azure-identity-token"}}]',
    deployment => {
      named(podOf(deployment).volumes, 'azure-identity-token').projected.sources[0].serviceAccountToken.audience = 'x'
    },
  ],
  [
    annotation,
    '"https://x/"',
    '"<issuer of argocd-aks>"',
    deployment => {
      annotationsOf(deployment)['argo-aks-onboard/oidc-issuer'] = 'https://x/'
    },
  ],
]

test('What another hand set to a value of its own is not overwritten, and the run says whose it is', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.run(unverified)
  const { spec } = await read(stage.sandbox, hub, path)

  for (const [field, from, to, change] of foreign) {
    await edit(stage.sandbox, hub, path, change)
    expect(await stage.refuses(unverified)).toBe(
      `Deployment argocd-server has ${from} in ${field}, and ${to} is needed: the value was set by kubectl-edit, and what others ` +
        `wrote is never overwritten. Change or remove ${field} where kubectl-edit takes it from, then run again.`,
    )
    await edit(stage.sandbox, hub, path, deployment => Object.assign(deployment, { spec }))
  }
})
