import { AuthenticationRequiredError, CredentialUnavailableError } from '@azure/identity'
import { expect, test } from 'vitest'
import { type CloudName, cloudOf } from '../../src/azure/cloud.ts'
import { SignInError } from '../../src/azure/sign-in-error.ts'
import { explain } from '../../src/explain.ts'
import type { Login } from '../../src/input-login.ts'

const refused = (message: string) => new AuthenticationRequiredError({ scopes: ['x'], message })
const unavailable = (message: string) => new CredentialUnavailableError(message)
const trace = 'Trace ID: 1 Correlation ID: 2 Timestamp: 2026-11-24 08:00:00Z'
const noMatch = 'AADSTS700213: No matching federated identity record found for presented assertion subject'
const tooOld = 'AADSTS700024: Client assertion is not within its valid time range.'
const ofMachine = (answer: string) =>
  unavailable(
    `ManagedIdentityCredential: Authentication failed. Message invalid_request: Error(s): Not Available - Timestamp: Not Available - ${answer} - Correlation ID: Not Available - Trace ID: Not Available`,
  )

const network =
  'Check the network of the runner, HTTPS_PROXY, and NODE_EXTRA_CA_CERTS where a proxy has its own authority'
const signInBefore = 'Run azure/login before this step, or give the inputs client-id and tenant-id'

interface By {
  clientId?: string
  cloud?: CloudName
  session?: string
}

/** What Entra, GitHub, the machine or the CLI says with each login, and what the user is told to do about it. */
const table: [
  kind: Login['kind'],
  what: string,
  cause: Error,
  why: string | RegExp,
  remedy: string | RegExp,
  by?: By,
][] = [
  [
    'github',
    'a workflow that the application does not trust',
    refused(`invalid_client: ${noMatch} 'repo:o/r'. ${trace}`),
    `${noMatch} 'repo:o/r'`,
    'Give the app registration of client-id a federated credential with exactly the issuer, subject and audience that Entra names',
  ],
  [
    'github',
    'a tenant that does not exist',
    refused(`AADSTS90002: Tenant 't' not found. ${trace}`),
    "AADSTS90002: Tenant 't' not found",
    'Correct the input tenant-id, or environment where the tenant is not in azurecloud',
  ],
  [
    'github',
    'a tenant of another cloud',
    refused(`AADSTS900382: Confidential Client is not supported in Cross Cloud request. ${trace}`),
    'AADSTS900382: Confidential Client is not supported in Cross Cloud request',
    'Set the input environment to the cloud that the tenant is in',
  ],
  [
    'github',
    'a Resource Manager that the tenant does not know',
    refused(`AADSTS500011: The resource principal named https://r was not found in the tenant named t. ${trace}`),
    'AADSTS500011: The resource principal named https://r was not found in the tenant named t',
    'Set the input environment to the cloud that the tenant is in',
  ],
  [
    'github',
    'an application that the tenant does not have',
    refused(`AADSTS700016: Application 'c' was not found. ${trace}`),
    "AADSTS700016: Application 'c' was not found",
    'Correct the inputs client-id and tenant-id',
  ],
  [
    'github',
    'an assertion that is too old',
    refused(`${tooOld} ${trace}`),
    tooOld,
    'Run again; if it repeats, check the clock of the runner',
  ],
  [
    'github',
    'a policy against the application',
    refused(`AADSTS53003: Access has been blocked by Conditional Access policies. ${trace}`),
    'AADSTS53003: Access has been blocked by Conditional Access policies',
    'Mend what Entra names and run again',
  ],
  [
    'github',
    'a job without an ID token',
    refused(
      'Error message: Failed to get ID Token. \n \n        Error Code : 403\n \n        Error Message: Forbidden',
    ),
    'Error message: Failed to get ID Token. Error Code : 403 Error Message: Forbidden',
    'Set permissions: id-token: write for the job; where it is set, run again',
  ],
  [
    'github',
    'GitHub not to be reached',
    refused('Failed to get ID Token. \n \n        Error Code : undefined\n \n        Error Message: ENOTFOUND g'),
    'Failed to get ID Token. Error Code : undefined Error Message: ENOTFOUND g',
    network,
  ],
  [
    'github',
    'Entra not to be reached',
    unavailable('endpoints_resolution_error: Endpoints cannot be resolved'),
    'endpoints_resolution_error: Endpoints cannot be resolved',
    network,
  ],
  [
    'github',
    'Entra lost on the way',
    refused('network_error: Network request failed'),
    'network_error: Network request failed',
    network,
  ],
  [
    'workload-identity',
    'an identity that does not trust the cluster of the runner',
    refused(`invalid_client: ${noMatch} 'system:serviceaccount:arc:runner'. ${trace}`),
    `${noMatch} 'system:serviceaccount:arc:runner'`,
    "Give the identity of client-id a federated credential with exactly the issuer, subject and audience that Entra names: those of the service account that the runner's pod runs under",
  ],
  [
    'workload-identity',
    'a file that nobody mounted',
    refused('the token file /t cannot be read (ENOENT)'),
    'the token file /t cannot be read (ENOENT)',
    /^Give the pod of the runner the label azure\.workload\.identity\/use: "true"/,
  ],
  [
    'workload-identity',
    'a copy of a token',
    refused(`${tooOld} ${trace}`),
    tooOld,
    /^Let the runner read the projected token itself/,
  ],
  [
    'workload-identity',
    'Entra not to be reached',
    refused('network_error: Network request failed'),
    /network_error/,
    network,
  ],
  [
    'managed-identity',
    'a machine without an identity',
    ofMachine('Description: Identity not found'),
    'Identity not found',
    /^Switch on the system-assigned identity .*az vm identity assign.*client-id/,
  ],
  [
    'managed-identity',
    'a machine without this identity',
    ofMachine('Description: Identity not found'),
    'Identity not found',
    /^Assign the identity of client-id to the VM/,
    { clientId: 'c' },
  ],
  [
    'managed-identity',
    'a container app without this identity',
    ofMachine('Description: No User Assigned or Delegated Managed Identity found for specified ClientId'),
    'No User Assigned or Delegated Managed Identity found for specified ClientId',
    /^Assign the identity of client-id to the VM/,
    { clientId: 'c' },
  ],
  [
    'managed-identity',
    'a machine with several',
    ofMachine('Description: Multiple user assigned identities exist, please specify the clientId'),
    'Multiple user assigned identities exist, please specify the clientId',
    'Name one of the identities of the machine with client-id',
  ],
  [
    'managed-identity',
    'a machine that is not in Azure',
    unavailable('ManagedIdentityCredential: Network unreachable. Message: network_error'),
    /Network unreachable/,
    /^Run the job on a machine in Azure that has an identity/,
  ],
  [
    'managed-identity',
    'a machine of another cloud',
    ofMachine(
      `Description: AADSTS500011: The resource principal named https://r was not found in the tenant named t. ${trace}`,
    ),
    'AADSTS500011: The resource principal named https://r was not found in the tenant named t',
    'Set the input environment to the cloud that the tenant is in',
  ],
  [
    'azure-cli',
    'no Azure CLI',
    unavailable('Azure CLI could not be found. Please visit https://aka.ms/azure-cli'),
    'Azure CLI could not be found. Please visit https://aka.ms/azure-cli',
    'Install the Azure CLI on the runner and run azure/login before this step, or give the inputs client-id and tenant-id',
  ],
  [
    'azure-cli',
    'nobody signed in to it',
    unavailable("Please run 'az login' from a command prompt to authenticate before using this credential."),
    "Please run 'az login' from a command prompt to authenticate before using this credential",
    signInBefore,
    { session: 'AzureCloud' },
  ],
  [
    'azure-cli',
    'a session that has outlived the ID token it was opened with',
    unavailable(`ERROR: ${tooOld} ${trace}`),
    tooOld,
    /^Run azure\/login right before this step/,
    { session: 'AzureCloud' },
  ],
  [
    'azure-cli',
    'a session of another cloud',
    unavailable('ERROR: AADSTS500011: The resource principal named https://r was not found'),
    'the Azure CLI is signed in to AzureCloud, and `environment` is `azureusgovernment`',
    'Give azure/login the same environment as this step (az cloud set --name AzureUSGovernment before az login does that)',
    { session: 'AzureCloud', cloud: 'azureusgovernment' },
  ],
]

/** A string is told as it is, of an expression something that it matches. */
const source = (told: string | RegExp): string =>
  typeof told === 'string' ? RegExp.escape(told) : `.*${told.source.replace(/^\^/, '')}.*`

test.each(table)('%s, %s', (kind, _what, cause, why, remedy, { clientId, cloud = 'azurecloud', session } = {}) => {
  const login: Login = { kind, tenantId: 't', clientId, why: 'x' }

  const explained = explain(new SignInError(login, cloudOf(cloud), cause, session))

  const what = 'The caller could not sign in to Microsoft Entra ID'
  expect(explained).toMatch(new RegExp(`^${what}: ${source(why)}\\.? ${source(remedy)}\\.$`))
  expect(explained).not.toMatch(/\n|Trace ID/)
})
