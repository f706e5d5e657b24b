import { AzureAuthorityHosts } from '@azure/identity'
import { expect, test } from 'vitest'
import { CLOUDS, cloudOf, cloudOfAuthority } from '../../../src/azure/cloud.ts'

test('every cloud has hosts and an audience of its own', () => {
  for (const part of ['cliName', 'authorityHost', 'resourceManager', 'exchangeAudience'] as const) {
    expect(new Set(CLOUDS.map(name => cloudOf(name)[part])).size, part).toBe(CLOUDS.length)
  }
})

test('the authorities are those of the SDK, with a slash at the end', () => {
  const { AzurePublicCloud, AzureGovernment, AzureChina } = AzureAuthorityHosts
  expect(CLOUDS.map(name => cloudOf(name).authorityHost)).toEqual(
    [AzurePublicCloud, AzureGovernment, AzureChina].map(host => `${host}/`),
  )
})

test('another audience moves nothing else', () => {
  const { exchangeAudience, ...rest } = cloudOf('azurechinacloud', 'api://own')
  expect(exchangeAudience).toBe('api://own')
  expect(cloudOf('azurechinacloud')).toMatchObject(rest)
})

test.each([
  ['https://login.microsoftonline.com/', 'azurecloud'],
  ['https://login.microsoftonline.us', 'azureusgovernment'],
  ['https://login.chinacloudapi.cn/', 'azurechinacloud'],
  ['https://login.partner.microsoftonline.cn/', 'azurechinacloud'],
  ['https://LOGIN.microsoftonline.us/tenant', 'azureusgovernment'],
  ['https://login.microsoftonline.us.example/', undefined],
  ['login.microsoftonline.us', undefined],
  ['', undefined],
])('the authority %j belongs to %s', (url, cloud) => {
  expect(cloudOfAuthority(url)).toBe(cloud)
})
