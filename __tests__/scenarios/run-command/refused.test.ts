import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, enterPrepared, onboardTarget, prepareHub } from '../../driver/story.ts'

const byRunCommand = { ...prepareHub, 'hub-access': 'run-command' }

test('Run-command is switched off', async () => {
  const stage = await enter(worlds['run-command-disabled']!())

  expect(await stage.refuses(byRunCommand)).toBe(
    'AKS cluster argocd-aks takes no run-command: it is switched off for the cluster (apiServerAccessProfile.disableRunCommand). ' +
      'Run the job on a runner whose network reaches the cluster, or switch it on ' +
      '(az aks update --resource-group argocd-rg --name argocd-aks --enable-run-command).',
  )
})

test('The workflow may not run commands', async () => {
  const stage = await enterPrepared(worlds['run-command-forbidden']!())

  expect(await stage.refuses({ ...onboardTarget, 'target-access': 'run-command' })).toMatch(
    /^Azure refused Microsoft.ContainerService\/managedClusters\/runcommand\/action on .*devworkloadaks1: .*Grant a role/i,
  )
})

test('Neither way leads into the cluster: both reasons are told', async () => {
  const stage = await enterPrepared(worlds['run-command-forbidden']!())

  expect(await stage.refuses(onboardTarget)).toMatch(
    /^The API server of devworkloadaks1 .* could not be reached, nor could it be entered by run-command: .*runcommand\/action/i,
  )
})

test("The command's pod does not start", async () => {
  const stage = await enter(worlds['run-command-fails']!())

  expect(await stage.refuses(byRunCommand)).toMatch(/did not start within 30s/)
})
