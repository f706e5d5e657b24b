import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { onboardingOf } from '../../../sandbox/worlds/access.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { runnerPod } from '../../driver/runner-pod.ts'
import { enter, prepareHub } from '../../driver/story.ts'

const runners = ['ops-rg/runners-aks', 'arc-runners/runner'] as const
/** The webhook has set all of it. */
const ids = { 'tenant-id': '', 'client-id': '' }

test('A runner in Kubernetes signs in with the token of its pod', async () => {
  const stage = await enter(worlds['runner-in-kubernetes']!())
  const environment = await runnerPod(stage.sandbox, ...runners)

  const { run } = await stage.achieves({ ...prepareHub, ...ids }, { environment })

  expect(run.log).toContain('Signing in by workload identity: AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are set')
  expect(run.outputs.verified).toBe('proven')
  expect(stage.sandbox.requests.filter(({ host }) => host.endsWith('githubusercontent.com'))).toEqual([])
})

test('What fails is told with what helps', async () => {
  const stage = await enter(worlds['runner-in-kubernetes']!())
  const environment = await runnerPod(stage.sandbox, ...runners)
  const refused = (more: object = {}) =>
    stage.refuses({ ...prepareHub, ...ids, ...more, login: 'workload-identity' }, { environment })

  onboardingOf(stage.world).federatedCredentials[0]!.subject = 'system:serviceaccount:arc-runners:default'
  expect(await refused()).toMatch(
    /AADSTS700213: .*'system:serviceaccount:arc-runners:runner'.* Give the identity of client-id a federated credential .*the service account that the runner's pod runs under\.$/,
  )

  expect(await refused({ environment: 'azurechinacloud' })).toMatch(
    /`environment` is `azurechinacloud`, and the runner's pod is told to sign in at https:\/\/login\.microsoftonline\.com\//,
  )

  await rm(environment.AZURE_FEDERATED_TOKEN_FILE!)
  expect(await refused()).toMatch(
    /the token file .* cannot be read \(ENOENT\)\. Give the pod of the runner the label azure\.workload\.identity\/use: "true"/,
  )
})
