import { expect, test } from 'vitest'
import type { ActionRun } from '../../../sandbox/runner/step.ts'
import { onboardingOf } from '../../../sandbox/worlds/access.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, prepareHub } from '../../driver/story.ts'

const byMachine = { ...prepareHub, login: 'managed-identity', 'tenant-id': '', 'client-id': '' }
const looking = { ...byMachine, 'dry-run': 'true' }
const others = ['11111111-1111-4111-a111-111111111111', '22222222-2222-4222-a222-222222222222']

test('On a VM the workflow signs in as the VM itself: neither GitHub nor Entra is asked for a token of the caller', async () => {
  const stage = await enter(worlds['runner-on-vm']!())

  const { run } = await stage.succeeds(byMachine)

  expect(run.log).toContain('Signing in by managed identity: `login` says so')
  expect(run.outputs.verified).toBe('proven')
  expect(tokensOf(run)).toEqual(['6dae42f8-4368-4678-94ff-3960e28e3630', 'https://management.azure.com'])
  expect(run.requests.filter(({ host }) => host.endsWith('githubusercontent.com'))).toEqual([])
  expect(callersOf(run)).not.toContain('onboarding')
})

test('A runner on Container Apps has its own endpoint for that', async () => {
  const world = worlds['runner-on-vm']!()
  world.machine = { ...world.machine!, identityHeader: 'c0ffee00c0ffee00c0ffee00' }
  const stage = await enter(world)

  const run = await stage.run(looking)

  expect(run.exitCode, run.log).toBe(0)
  expect(run.requests.filter(isMachine).map(({ path }) => path)).toEqual(['/msi/token', '/msi/token'])
})

test('What fails is told with what helps', async () => {
  const stage = await enter(worlds['runner-on-vm']!())

  stage.world.machine = { userAssigned: [] }
  expect(await stage.refuses(byMachine)).toMatch(
    / Entra ID: Identity not found\. Switch on the system-assigned identity /,
  )
  expect(await stage.refuses({ ...byMachine, 'client-id': others[0]! })).toMatch(
    / Entra ID: Identity not found\. Assign the identity of client-id to the VM /,
  )

  const { clientId } = onboardingOf(stage.world)
  stage.world.machine = { userAssigned: [...others, clientId] }
  expect(await stage.refuses(byMachine)).toMatch(
    /^The caller could not sign in to Microsoft Entra ID: Multiple user assigned identities exist, .* Name one of the identities of the machine with client-id\.$/,
  )
  expect((await stage.run({ ...looking, 'client-id': clientId })).exitCode).toBe(0)

  stage.world.machine = { userAssigned: [clientId] }
  expect(await stage.refuses({ ...byMachine, environment: 'azurechinacloud' })).toMatch(
    / AADSTS500011: .*https:\/\/management\.chinacloudapi\.cn .* Set the input environment to the cloud that the tenant is in\.$/,
  )
  const nowhere = { environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' } }
  expect(await stage.refuses(byMachine, nowhere)).toMatch(
    / Network unreachable\. .* Run the job on a machine in Azure that has an identity; /,
  )
})

const isMachine = ({ host }: { host: string }) => host === '169.254.169.254'
const tokensOf = ({ requests }: ActionRun) =>
  requests
    .filter(isMachine)
    .map(({ query }) => new URLSearchParams(query).get('resource'))
    .sort()
/** Who bought a token at Entra. */
const callersOf = ({ requests }: ActionRun) =>
  requests.filter(({ host }) => host === 'login.microsoftonline.com').map(({ caller }) => caller)
