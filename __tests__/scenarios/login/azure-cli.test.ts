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

test('A session that does not help is told with what does, and nothing is sent', async () => {
  const stage = await enter(worlds['first-light']!())
  const refused = (PATH?: string, inputs = {}) =>
    stage.refuses({ ...withoutIds, ...inputs }, PATH ? { environment: { PATH } } : {})
  const saying = (text: string) => pathWithAzureCliSaying(text, 'AzureCloud')

  expect(await refused()).toBe(
    'The caller could not sign in to Microsoft Entra ID: Azure CLI could not be found. Please visit https://aka.ms/azure-cli for ' +
      "installation instructions and then, once installed, authenticate to your Azure account using 'az login'. " +
      'Install the Azure CLI on the runner and run azure/login before this step, or give the inputs client-id and tenant-id.',
  )
  expect(await refused(await saying("ERROR: Please run 'az login' to setup account."))).toMatch(
    /: Please run 'az login' from a command prompt .* Run azure\/login before this step, or give the inputs client-id and tenant-id\.$/,
  )
  expect(
    await refused(await saying('ERROR: AADSTS700024: Client assertion is not within its valid time range.')),
  ).toMatch(/: AADSTS700024: Client assertion is not within .* Run azure\/login right before this step: /)
  const notThere = 'AADSTS500011: The resource principal named https://management.usgovcloudapi.net was not found'
  expect(await refused(await saying(notThere), { environment: 'AzureUSGovernment' })).toMatch(
    /: the Azure CLI is signed in to AzureCloud, and `environment` is `azureusgovernment`\. Give azure\/login the same environment as this step /,
  )

  expect(stage.sandbox.requests).toEqual([])
})
