import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { pathWithAzureCli, pathWithAzureCliSaying } from '../../driver/azure-cli.ts'
import { enter, prepareHub } from '../../driver/story.ts'

const withoutIds = { ...prepareHub, 'client-id': '', 'tenant-id': '' }

test('After a step with azure/login no ids are needed: the Azure CLI’s session is used', async () => {
  const stage = await enter(worlds['first-light']!())
  const PATH = await pathWithAzureCli(stage.sandbox)

  const hub = await stage.succeeds(withoutIds, { environment: { PATH } })

  expect(hub.run.log).toContain('Signing in by the Azure CLI: no client id is given')
  expect(hub.run.requests.filter(({ host }) => host.endsWith('.githubusercontent.com'))).toEqual([])
  await stage.matches('azure-cli.md', hub)
})

test('Without such a step and without ids the run says how to sign in, and sends nothing', async () => {
  const stage = await enter(worlds['first-light']!())

  expect(await stage.refuses(withoutIds)).toBe(
    'The caller could not sign in to Microsoft Entra ID: Azure CLI could not be found. Please visit https://aka.ms/azure-cli for ' +
      "installation instructions and then, once installed, authenticate to your Azure account using 'az login'. " +
      'Install the Azure CLI on the runner and run azure/login before this step, or give the inputs client-id and tenant-id.',
  )

  expect(stage.sandbox.requests).toEqual([])
})

test.each<[string, string, Record<string, string>, RegExp]>([
  [
    'is signed in to another cloud',
    'ERROR: AADSTS500011: The resource principal named https://management.usgovcloudapi.net was not found in the tenant named t.',
    { environment: 'AzureUSGovernment' },
    /: the Azure CLI is signed in to AzureCloud, and `environment` is `azureusgovernment`\. Give azure\/login the same environment as this step /,
  ],
  [
    'kept a token of GitHub that has ended',
    'ERROR: AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-11-28.',
    {},
    /: AADSTS700024: Client assertion is not within .* Run azure\/login right before this step: /,
  ],
  [
    'is signed out',
    "ERROR: Please run 'az login' to setup account.",
    {},
    /: Please run 'az login' from a command prompt .* Run azure\/login before this step, or give the inputs client-id and tenant-id\.$/,
  ],
])('It is told what to do when the Azure CLI %s', async (_what, says, inputs, told) => {
  const stage = await enter(worlds['first-light']!())
  const PATH = await pathWithAzureCliSaying(says, 'AzureCloud')

  expect(await stage.refuses({ ...withoutIds, ...inputs }, { environment: { PATH } })).toMatch(told)
})
