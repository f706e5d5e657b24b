import { describe, expect, test } from 'vitest'
import { InputFaults, readInputs } from '../../src/inputs.ts'

const tenant = '33333333-3333-3333-3333-333333333333'
const client = '44444444-4444-4444-4444-444444444444'
const other = '55555555-5555-5555-5555-555555555555'

type Variables = Record<string, string>

const step = { INPUT_MODE: 'hub', 'INPUT_HUB-CLUSTER': 'rg/hub', AZURE_SUBSCRIPTION_ID: other }
const github: Variables = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.invalid/?',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token',
}
const byInput: Variables = { 'INPUT_TENANT-ID': tenant, 'INPUT_CLIENT-ID': client }
const byEnvironment: Variables = { AZURE_TENANT_ID: tenant.toUpperCase(), AZURE_CLIENT_ID: client }
const pod: Variables = {
  AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
  AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
}
const asked = (login: string): Variables => ({ INPUT_LOGIN: login })

const loginOf = (...variables: Variables[]) => readInputs(Object.assign({}, step, ...variables)).login

describe('auto', () => {
  const as = { tenantId: tenant, clientId: client }

  test.each<[what: string, variables: Variables[], login: object]>([
    [
      'ids by input, in a job with an ID token',
      [github, byInput],
      { kind: 'github', ...as, why: '`client-id` is given' },
    ],
    [
      'ids by input, in a pod with a token: what the step says counts',
      [github, byInput, pod, { AZURE_CLIENT_ID: other }],
      { kind: 'github', ...as, why: '`client-id` is given' },
    ],
    [
      'ids by environment, in a pod with a token: the webhook has set all of it',
      [github, byEnvironment, pod],
      {
        kind: 'workload-identity',
        ...as,
        tokenFile: '/var/run/secrets/azure/tokens/azure-identity-token',
        why: 'AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are set',
      },
    ],
    [
      'the same without an ID token',
      [byEnvironment, pod],
      { kind: 'workload-identity', ...as, tokenFile: '/var/run/secrets/azure/tokens/azure-identity-token' },
    ],
    ['ids by environment', [github, byEnvironment], { kind: 'github', ...as, why: 'AZURE_CLIENT_ID is set' }],
    [
      'ids by environment, in a job without an ID token',
      [byEnvironment],
      {
        kind: 'azure-cli',
        tenantId: tenant,
        clientId: undefined,
        why: 'AZURE_CLIENT_ID is set, but GitHub offers this job no ID token',
      },
    ],
    ['no ids', [github], { kind: 'azure-cli', tenantId: undefined, clientId: undefined, why: 'no client id is given' }],
    ['no client id, in a pod with a token', [github, pod], { kind: 'azure-cli', why: 'no client id is given' }],
  ])('%s', (_what, variables, login) => {
    expect(loginOf(...variables)).toMatchObject(login)
  })
})

describe('what is asked for is taken, whatever else is there', () => {
  test.each<[login: string, variables: Variables[], outcome: object]>([
    ['github', [github, byEnvironment, pod], { tenantId: tenant, clientId: client }],
    ['workload-identity', [github, byInput, pod], { tenantId: tenant, clientId: client }],
    ['managed-identity', [github], { tenantId: undefined, clientId: undefined }],
    ['managed-identity', [github, byInput], { tenantId: undefined, clientId: client }],
    ['azure-cli', [github, byEnvironment, pod], { tenantId: tenant, clientId: undefined }],
  ])('%s', (login, variables, outcome) => {
    expect(loginOf(asked(login), ...variables)).toMatchObject({ kind: login, why: '`login` says so', ...outcome })
  })

  test('an authority that is not one of Microsoft says nothing about the cloud', () => {
    const own = { AZURE_AUTHORITY_HOST: 'https://entra.proxy.example/' }
    expect(loginOf(byInput, pod, own, asked('workload-identity')).kind).toBe('workload-identity')
  })

  test('nor does the authority of a pod where another login is asked for', () => {
    const government = { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' }
    expect(loginOf(github, byInput, pod, government).kind).toBe('github')
  })
})

describe('all that is wrong with it is said at once', () => {
  test.each<[what: string, variables: Variables[], faults: RegExp[]]>([
    [
      'GitHub, of which nothing is there',
      [asked('github')],
      [
        /^`login` .*no ID token .*id-token: write/,
        /^`tenant-id` is missing: GitHub/,
        /^`client-id` is missing: GitHub/,
      ],
    ],
    [
      'workload identity, of which nothing is there',
      [asked('workload-identity')],
      [
        /^`login` .*AZURE_FEDERATED_TOKEN_FILE.*azure\.workload\.identity\/use/,
        /^`tenant-id` is missing: workload identity needs it/,
        /^`client-id` is missing: workload identity needs it/,
      ],
    ],
    [
      'workload identity of another cloud, without a tenant',
      [byInput, pod, asked('workload-identity'), { INPUT_ENVIRONMENT: 'azureusgovernment', 'INPUT_TENANT-ID': '' }],
      [/^`environment` is `azureusgovernment`, and .*Set `environment: azurecloud`/, /^`tenant-id` is missing/],
    ],
    [
      'managed identity in a pod, as somebody who is no GUID',
      [byInput, pod, asked('managed-identity'), { 'INPUT_CLIENT-ID': 'me' }],
      [/^`login` .*Set `login: workload-identity`/, /^`client-id` is "me"; expected a GUID/],
    ],
    [
      'the Azure CLI, as somebody else than it is signed in as',
      [byInput, asked('azure-cli'), { 'INPUT_TENANT-ID': 'mine' }],
      [/^`client-id` has no meaning with `login: azure-cli`/, /^`tenant-id` is "mine"; expected a GUID/],
    ],
    [
      'a login that nobody knows',
      [byInput, asked('device-code')],
      [/^`login` is "device-code"; expected `auto`, `github`, /],
    ],
  ])('%s', (_what, variables, faults) => {
    const found = faultsOf(() => loginOf(...variables))
    expect(found).toHaveLength(faults.length)
    for (const fault of faults) expect(found).toContainEqual(expect.stringMatching(fault))
  })
})

function faultsOf(action: () => unknown): string[] {
  try {
    action()
  } catch (error) {
    if (error instanceof InputFaults) return error.faults.map(({ message }) => message)
    throw error
  }
  throw new Error('no fault was found')
}
