import { expect, test } from 'vitest'
import { identity } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, onboardTarget } from '../../driver/story.ts'

test('Where Argo CD’s pods hold no token for Entra, no target is registered', async () => {
  const world = worlds['first-light']!()
  identity('argocd-rg/argocd-workload-identity')(world)
  const stage = await enter(world)

  expect(await stage.refuses(onboardTarget)).toMatch(
    /^Argo CD on argocd-aks cannot sign in to other clusters: pod argocd-application-controller-0, pod argocd-server-\w+-\w+ has no service account token for Entra\. Run the action with mode: hub for argocd-aks; if it ran before, whoever installs Argo CD has taken its change back\.$/,
  )
})
