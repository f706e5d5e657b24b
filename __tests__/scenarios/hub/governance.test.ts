import { expect, test } from 'vitest'
import type { World } from '../../../sandbox/world.ts'
import { identityOf, resourceGroup } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, errorsIn, planOf, prepareHub } from '../../driver/story.ts'

const group = '/subscriptions/<subscription>/resourceGroups/argocd-rg'
const put = `Azure Resource Manager refused PUT ${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/argocd-workload-identity`
const ourIdentity = 'argocd-rg/argocd-workload-identity'

/** What is held against a write that every role allows. */
const obstacles: [what: string, part: (world: World) => void, sentence: string][] = [
  [
    'A lock',
    world => {
      world.locks = [{ scope: resourceGroup(world, 'argocd-rg'), level: 'ReadOnly' }]
    },
    `: a lock at ${group} forbids it. Take the lock away for the run (az lock list --resource ${group} names it; ` +
      'az lock delete --ids ID), or ask whoever set it.',
  ],
  [
    'A resource provider that the subscription is not registered for',
    world => {
      world.subscriptions[0]!.unregistered = ['Microsoft.ManagedIdentity']
    },
    ': subscription <subscription> is not registered for resource provider Microsoft.ManagedIdentity. ' +
      'Register it (az provider register --namespace Microsoft.ManagedIdentity --subscription <subscription> --wait), ' +
      'which takes Contributor on the subscription, and run again.',
  ],
]

test.each(obstacles)('%s is named, with what to do about it', async (_what, part, sentence) => {
  const world = worlds['first-light']!()
  part(world)
  const stage = await enter(world)

  const run = await stage.run(prepareHub)

  expect(run.exitCode).toBe(1)
  const said = await stage.readable(errorsIn(run))
  expect(said.slice(said.indexOf(': '))).toBe(sentence)
  expect(said.split('\n')).toHaveLength(1)
})

test('A policy that asks for a tag is named, and met by the input tags, which are kept in step from then on', async () => {
  const world = worlds['first-light']!()
  world.policies = [
    {
      assignment: 'Everything has an owner',
      scope: resourceGroup(world, 'argocd-rg'),
      type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
      requiresTag: 'owner',
    },
  ]
  const stage = await enter(world)

  const refused = await stage.run(prepareHub)
  expect(refused.exitCode).toBe(1)
  expect(await stage.readable(errorsIn(refused))).toBe(
    `${put}: Azure Policy forbids it: Everything has an owner. Meet the policy (the input tags gives tags to what the action makes; ` +
      'a resource that is there already is used as it is), or ask its owner for an exemption.',
  )

  const made = await stage.achieves({ ...prepareHub, tags: 'owner=platform' })
  expect(planOf(made.run)[0]).toMatchObject({ action: 'create', fields: ['location', 'tags.owner', expect.anything()] })

  identityOf(world, ourIdentity).tags.team = 'a'
  const { run } = await stage.succeeds({ ...prepareHub, tags: 'owner=gitops' })
  expect(planOf(run)).toEqual([
    { step: 'managed identity argocd-workload-identity', action: 'update', fields: ['tags.owner'] },
  ])
  expect(identityOf(world, ourIdentity).tags).toMatchObject({ owner: 'gitops', team: 'a' })
})
