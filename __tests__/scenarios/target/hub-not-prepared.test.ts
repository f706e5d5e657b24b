import { expect, test } from 'vitest'
import type { SandboxOptions } from '../../../sandbox/sandbox.ts'
import { identity } from '../../../sandbox/worlds/builder.ts'
import { fleetOf } from '../../../sandbox/worlds/fleet.ts'
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

test('What is wrong with the hub is told in one sentence, however long Azure takes over the targets', async () => {
  const fault: SandboxOptions['fault'] = ({ method, path }) =>
    method === 'GET' && /managedclusters\/devworkloadaks1$/i.test(path)
      ? { kind: 'delay', milliseconds: 1000 }
      : undefined
  const stage = await enter(worlds['no-entra']!(), undefined, fault)

  expect(await stage.refuses(onboardTarget)).toMatch(/^AKS cluster argocd-aks does not use Microsoft Entra ID: [^\n]*$/)
})

test('A hub that is not fit for a target is fit for none of several, and that is said once', async () => {
  const world = fleetOf({ targets: ['dev-rg/dev-a', 'dev-rg/dev-b'] })
  identity('argocd-rg/argocd-workload-identity')(world)
  const stage = await enter(world)

  expect(await stage.refuses({ mode: 'target', targets: 'dev-rg/dev-a\ndev-rg/dev-b' })).toMatch(
    /^Argo CD on argocd-aks cannot sign in to other clusters: [^\n]*$/,
  )
})
