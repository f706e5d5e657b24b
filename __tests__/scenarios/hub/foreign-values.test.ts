import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, edit, read } from '../../driver/another-hand.ts'
import { annotationsOf, argocdServer, containerOf, fields, named, podOf } from '../../driver/argocd-server.ts'
import { enter, hub, prepareHub } from '../../driver/story.ts'

const unverified = { ...prepareHub, verify: 'false' }

/** What somebody sets to a value of their own, and how the run says so. */
const foreign: [field: string, from: string, to: string, change: (deployment: Editable) => void][] = [
  [
    `${fields.variable}.value`,
    '"/elsewhere"',
    '"/var/run/secrets/azure/tokens/azure-identity-token"',
    deployment => {
      named(containerOf(deployment).env, 'AZURE_FEDERATED_TOKEN_FILE').value = '/elsewhere'
    },
  ],
  [
    `${fields.volume}.projected.sources`,
    '[{"serviceAccountToken":{"audience":"x","expirationSeconds":3600,"path":"azure-identity-token"}}]',
    '[{"serviceAccountToken":{"audience":"api://AzureADTokenExchange","expirationSeconds":3600,"path":"azure-identity-token"}}]',
    deployment => {
      named(podOf(deployment).volumes, 'azure-identity-token').projected.sources[0].serviceAccountToken.audience = 'x'
    },
  ],
  [
    fields.issuer,
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
  const { spec } = await read(stage.sandbox, hub, argocdServer)

  for (const [field, from, to, change] of foreign) {
    await edit(stage.sandbox, hub, argocdServer, change)
    expect(await stage.refuses(unverified)).toBe(
      `Deployment argocd-server has ${from} in ${field}, and ${to} is needed: the value was set by kubectl-edit, and what others ` +
        `wrote is never overwritten. Change or remove ${field} where kubectl-edit takes it from, then run again.`,
    )
    await edit(stage.sandbox, hub, argocdServer, deployment => Object.assign(deployment, { spec }))
  }
})
