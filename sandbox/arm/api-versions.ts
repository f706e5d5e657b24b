import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import { armError } from './errors.ts'

/** Versions of Microsoft.ContainerService/managedClusters that the Azure SDKs and the Azure CLI send. */
export const containerService = [
  '2022-11-01',
  '2023-11-01',
  '2024-09-01',
  '2025-05-01',
  '2025-10-01',
  '2026-04-01',
  '2026-06-01',
]

/** Versions under which AKS reports on its operations; the poll URL names one. */
export const containerServiceOperations = ['2016-03-30', '2017-08-31', ...containerService]

/** Versions of Microsoft.ManagedIdentity. */
export const managedIdentity = [
  '2018-11-30',
  '2022-01-31-preview',
  '2023-01-31',
  '2024-11-30',
  '2025-01-31-preview',
  '2025-05-31-preview',
]

/** Versions of Microsoft.Authorization. */
export const authorization = ['2015-07-01', '2018-07-01', '2020-04-01-preview', '2022-04-01']

/** Versions of Microsoft.Authorization/roleDefinitions; the last one is the Azure CLI's. */
export const roleDefinitions = ['2015-07-01', '2018-01-01-preview', '2022-04-01', '2022-05-01-preview']

/** Versions of ARM's own subscriptions and resource groups. */
export const resources = [
  '2016-06-01',
  '2019-11-01',
  '2020-01-01',
  '2021-01-01',
  '2021-04-01',
  '2022-09-01',
  '2022-12-01',
  '2024-11-01',
]

/** Versions of Microsoft.ResourceGraph. */
export const resourceGraph = ['2021-03-01', '2022-10-01', '2024-04-01']

/** What ARM answers where the api-version is missing or unknown; undefined where it is fine. */
export function apiVersionFault(request: SandboxRequest, supported: string[]): SandboxResponse | undefined {
  const version = request.query.get('api-version')
  if (!version) {
    return armError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    )
  }
  if (supported.includes(version)) return undefined
  return armError(
    400,
    'InvalidApiVersionParameter',
    `The api-version '${version}' is invalid. The supported versions are '${supported.join(',')}'.`,
  )
}
