import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import type { World } from '../../../sandbox/world.ts'
import { identityOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, planOf, prepareHub } from '../../driver/story.ts'

const credentialsIn = (world: World) => identityOf(world, 'argocd-rg/argocd-workload-identity').federatedCredentials
const name = 'argocd-server-f7aefbad13'
const step = `federated credential ${name}`

/** What somebody changes in our credential, and the fields that the plan then repairs. */
const drifts: [what: string, change: (world: World) => void, action: string, fields: string[]][] = [
  [
    'another audience',
    world => Object.assign(credentialsIn(world)[name]!, { audiences: ['x'] }),
    'update',
    ['audiences'],
  ],
  [
    'another issuer',
    world => Object.assign(credentialsIn(world)[name]!, { issuer: 'https://x/' }),
    'update',
    ['issuer'],
  ],
  ['another subject', world => Object.assign(credentialsIn(world)[name]!, { subject: 'x' }), 'update', ['subject']],
  ['deleted', world => delete credentialsIn(world)[name], 'create', ['issuer', 'subject', 'audiences']],
]

test('Our federated credential is set right, whatever another hand did to it', async () => {
  const world = worlds['first-light']!()
  const stage = await enter(world)
  await stage.run(prepareHub)
  const right = await picture(stage.sandbox)

  for (const [what, change, action, fields] of drifts) {
    change(world)
    const repaired = await stage.achieves(prepareHub)
    expect(planOf(repaired.run), what).toEqual([{ step, action, fields }])
    expect(difference(right, await picture(stage.sandbox)), what).toEqual([])
  }
})

test('A credential of another name for the same account and another audience is not ours to rewrite', async () => {
  const world = worlds['first-light']!()
  const stage = await enter(world)
  await stage.run(prepareHub)
  const credentials = credentialsIn(world)
  credentials.theirs = { ...credentials[name]!, name: 'theirs', audiences: ['api://theirs'] }
  delete credentials[name]

  expect(await stage.refuses(prepareHub)).toBe(
    'Federated credential theirs of argocd-workload-identity trusts system:serviceaccount:argocd:argocd-server for audience ' +
      'api://theirs: the exchange asks for api://AzureADTokenExchange, and an identity holds each pair of issuer and subject once. ' +
      'Delete it (az identity federated-credential delete --name theirs --identity-name argocd-workload-identity ' +
      '--resource-group argocd-rg) and run again.',
  )
})
