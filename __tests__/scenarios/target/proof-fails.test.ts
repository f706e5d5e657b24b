import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { identityOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, errorsIn, hub, onboardTarget } from '../../driver/story.ts'

test('Where the chain does not hold, Argo CD is never told of the cluster', async () => {
  const world = worlds['first-light']!()
  const stage = await enterPrepared(world)
  const { federatedCredentials } = identityOf(world, 'argocd-rg/argocd-workload-identity')
  delete federatedCredentials['argocd-server-f7aefbad13']

  const before = await picture(stage.sandbox)

  const failed = await stage.run(onboardTarget)

  expect(failed.exitCode).toBe(1)
  expect(await stage.readable(errorsIn(failed))).toBe(
    "The proof failed at the link exchange (argocd/argocd-server): AADSTS700213: the account's token says " +
      'issuer "<issuer of argocd-aks>", subject "system:serviceaccount:argocd:argocd-server", audience "api://AzureADTokenExchange"; ' +
      "of the identity's federated credentials none names that subject. Compare the identity's federated credentials with the " +
      'values above; the action writes them in mode hub, so run that first.',
  )
  expect(failed.outputs.verified).toBe('failed')
  expect((await stage.sandbox.objects(hub)).filter(({ kind }) => kind === 'Secret')).toEqual([])
  const differences = difference(before, await picture(stage.sandbox))
  await stage.matches('proof-fails.md', { inputs: onboardTarget, run: failed, differences })
})
