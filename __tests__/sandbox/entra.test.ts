import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { decodeJwt, importJWK, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { issuer as githubIssuer } from '../../sandbox/github/workflow-job.ts'
import { createKeyring } from '../../sandbox/keyring.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'
import { argoCd, audience, deployer, issuerOf, smallWorld, tenantId } from './small-world.ts'
import { visit } from './visitor.ts'

const arm = 'https://management.azure.com/.default'
const aks = '6dae42f8-4368-4678-94ff-3960e28e3630/.default'
const subject = 'repo:contoso/platform:environment:production'
const keyring = await createKeyring()

let world: World
let sandbox: Sandbox
beforeEach(async () => {
  world = smallWorld()
  sandbox = await startSandbox(world, { keyring })
})
afterEach(() => sandbox.stop())

/** A token of GitHub's issuer as it should be, apart from what is told. */
function idToken(different: Record<string, unknown> = {}, issuer = githubIssuer): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    sub: subject,
    aud: audience,
    iat: seconds,
    nbf: seconds,
    exp: seconds + 300,
    ...different,
  }
  return keyring.sign(issuer, claims, 'assertion')
}

async function exchange(form: Record<string, string>, tenant = tenantId) {
  const asked = {
    client_id: deployer,
    scope: arm,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    ...form,
  }
  return visit(sandbox, `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token?client-request-id=abc`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== '')).toString(),
  })
}

describe('a token that is bought', () => {
  test.each([
    [arm, 'https://management.azure.com'],
    ['https://management.core.windows.net//.default', 'https://management.core.windows.net/'],
    [aks, '6dae42f8-4368-4678-94ff-3960e28e3630'],
  ])('for %s says who and for what, signed by the tenant', async (scope, aud) => {
    const { status, json } = await exchange({ scope, client_assertion: await idToken() })
    expect(status).toBe(200)
    const { keys } = (await visit(sandbox, `https://login.microsoftonline.com/${tenantId}/discovery/v2.0/keys`)).json
    const { payload } = await jwtVerify(json.access_token, await importJWK(keys[0], 'RS256'))
    expect(payload).toMatchObject({
      aud,
      iss: `https://sts.windows.net/${tenantId}/`,
      appid: deployer,
      oid: '55555555-5555-4555-a555-555555555555',
      groups: ['66666666-6666-4666-a666-666666666666'],
      tid: tenantId,
      idtyp: 'app',
    })
    expect(keyring.secrets.get(json.access_token)).toMatch(/^Entra token of deployer for A/)
    expect(sandbox.requests[0]).toMatchObject({ caller: 'deployer', write: false })
  })

  test('by a service account of a cluster is the managed identity’s, without groups', async () => {
    const issuer = issuerOf('hub')
    const assertion = await idToken({ sub: 'system:serviceaccount:argocd:argocd-server', aud: [audience] }, issuer)
    const { json } = await exchange({ client_id: argoCd, scope: aks, client_assertion: assertion })
    expect(decodeJwt(json.access_token)).toMatchObject({ oid: '77777777-7777-4777-a777-777777777777', appid: argoCd })
    expect(decodeJwt(json.access_token)).not.toHaveProperty('groups')
  })
})

interface Refused {
  code: number
  status: number
  error: string
  form?: Record<string, string>
  assertion?: () => string | Promise<string>
  tenant?: string
  given?: (world: World) => void
  text?: string
}

const credentialOf = (world: World) => world.applications[0]!.federatedCredentials[0]!
const hub = (world: World) => Object.values(world.clusters)[0]!
const ofServiceAccount = { sub: 'system:serviceaccount:argocd:argocd-server', aud: audience }

const refused: Record<string, Refused> = {
  'an unknown tenant': {
    code: 90002,
    status: 400,
    error: 'invalid_request',
    tenant: argoCd,
    text: `Tenant '${argoCd}'`,
  },
  'an unknown client': {
    code: 700016,
    status: 400,
    error: 'unauthorized_client',
    form: { client_id: tenantId },
    text: tenantId,
  },
  'no client': { code: 900144, status: 400, error: 'invalid_request', form: { client_id: '' }, text: "'client_id'" },
  'another grant': { code: 70003, status: 400, error: 'unsupported_grant_type', form: { grant_type: 'password' } },
  'a scope without .default': {
    code: 1002012,
    status: 400,
    error: 'invalid_scope',
    form: { scope: 'https://management.azure.com' },
  },
  'an unknown resource': {
    code: 500011,
    status: 400,
    error: 'invalid_resource',
    form: { scope: 'https://vault.azure.net/.default' },
    text: 'https://vault.azure.net ',
  },
  'the Resource Manager of another cloud': {
    code: 500011,
    status: 400,
    error: 'invalid_resource',
    form: { scope: 'https://management.usgovcloudapi.net/.default' },
    text: 'https://management.usgovcloudapi.net ',
  },
  'a secret': { code: 7000215, status: 401, error: 'invalid_client', form: { client_secret: 'x' } },
  'no proof at all': { code: 7000216, status: 401, error: 'invalid_client', assertion: () => '' },
  'no token': { code: 50027, status: 400, error: 'invalid_request', assertion: () => 'not.a.token' },
  'a token of Entra': {
    code: 700222,
    status: 400,
    error: 'invalid_request',
    assertion: () => idToken({}, `https://sts.windows.net/${tenantId}/`),
  },
  'a client without credentials': {
    code: 70025,
    status: 401,
    error: 'invalid_client',
    given: world => world.applications[0]!.federatedCredentials.pop(),
    text: `'${deployer}'(deployer)`,
  },
  'another issuer': {
    code: 700211,
    status: 401,
    error: 'invalid_client',
    assertion: () => idToken({}, issuerOf('hub')),
    text: `issuer '${issuerOf('hub')}'`,
  },
  'the issuer without its trailing slash': {
    code: 700211,
    status: 401,
    error: 'invalid_client',
    form: { client_id: argoCd },
    assertion: () => idToken(ofServiceAccount, issuerOf('hub').slice(0, -1)),
  },
  'another subject': {
    code: 700213,
    status: 401,
    error: 'invalid_client',
    assertion: () => idToken({ sub: 'repo:contoso/platform:pull_request' }),
    text: "subject 'repo:contoso/platform:pull_request'",
  },
  'the subject in other case': {
    code: 7002138,
    status: 401,
    error: 'invalid_client',
    assertion: () => idToken({ sub: subject.replace('contoso', 'Contoso') }),
  },
  'another audience': {
    code: 700212,
    status: 401,
    error: 'invalid_client',
    assertion: () => idToken({ aud: 'api://AzureADTokenExchangeChina' }),
    text: "audience 'api://AzureADTokenExchangeChina'",
  },
  'a credential that is not there yet': {
    code: 70021,
    status: 400,
    error: 'invalid_request',
    given: world => Object.assign(credentialOf(world), { unseenFor: 1 }),
    text: `Assertion Subject: '${subject}'`,
  },
  'an issuer that is switched off': {
    code: 50166,
    status: 400,
    error: 'invalid_request',
    form: { client_id: argoCd },
    assertion: () => idToken(ofServiceAccount, issuerOf('hub')),
    given: world => Object.assign(hub(world).arm.properties, { oidcIssuerProfile: { enabled: false } }),
  },
  'another key than the issuer’s': {
    code: 700027,
    status: 401,
    error: 'invalid_client',
    assertion: async () =>
      (await createKeyring()).sign(githubIssuer, { iss: githubIssuer, sub: subject, aud: audience }, 'forged'),
  },
  'an assertion of yesterday': {
    code: 700024,
    status: 401,
    error: 'invalid_client',
    assertion: () => idToken({ nbf: 1_000_000_000, exp: 1_000_000_300 }),
    text: 'assertion valid from 2001-09-09T01:46:40.0000000Z, expiry time of assertion 2001-09-09T01:51:40.0000000Z',
  },
  'an assertion of tomorrow': {
    code: 700024,
    status: 401,
    error: 'invalid_client',
    assertion: () =>
      idToken({ nbf: Math.floor(Date.now() / 1000) + 86_400, exp: Math.floor(Date.now() / 1000) + 90_000 }),
  },
  'an assertion that the world’s clock has outrun': {
    code: 700024,
    status: 401,
    error: 'invalid_client',
    given: world => Object.assign(world, { clockAhead: 301_000 }),
  },
}

describe('Entra refuses', () => {
  test.each(Object.entries(refused))(
    '%s',
    async (_name, { code, status, error, form, assertion, tenant, given, text }) => {
      given?.(world)
      const answer = await exchange({ client_assertion: await (assertion ?? idToken)(), ...form }, tenant)
      expect(answer).toMatchObject({
        status,
        json: {
          error,
          error_codes: [code],
          correlation_id: 'abc',
          error_uri: `https://login.microsoftonline.com/error?code=${code}`,
        },
      })
      expect(answer.json.error_description).toMatch(
        /^AADSTS\d+: .+ Trace ID: [0-9a-f-]{36} Correlation ID: abc Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
      )
      expect(answer.json.error_description).toContain(`AADSTS${code}: `)
      expect(answer.json.error_description).toContain(text ?? '')
    },
  )
})

test('a new credential is seen after as many requests as were said', async () => {
  Object.assign(credentialOf(world), { unseenFor: 2 })
  const statuses = []
  for (let request = 0; request < 4; request++) {
    statuses.push((await exchange({ client_assertion: await idToken() })).status)
  }
  expect(statuses).toEqual([400, 400, 200, 200])
})

test('a new identity is found after as many requests as were said', async () => {
  const [identity] = Object.values(world.identities)
  identity!.unseenFor = { assignments: 2, tokens: 2 }
  const codes = []
  for (let request = 0; request < 3; request++) {
    const asked = { client_id: argoCd, client_assertion: await idToken() }
    codes.push(...(await exchange(asked)).json.error_codes)
  }
  expect(codes).toEqual([700016, 700016, 700211])
})

describe('discovery', () => {
  const authority = (host: string) =>
    `https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint=https://${host}/${tenantId}/oauth2/v2.0/authorize`

  test.each([
    ['public', 'login.microsoftonline.com', 'login.microsoftonline.com'],
    ['us-government', 'login.microsoftonline.us', 'login.microsoftonline.us'],
    ['china', 'login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    ['china', 'login.partner.microsoftonline.cn', 'login.partner.microsoftonline.cn'],
  ] as const)(
    'knows the instances of all three clouds and leads to the tenant: %s, %s',
    async (cloud, host, preferred) => {
      world.cloud = cloud
      const { json } = await visit(sandbox, authority(host))
      expect(json.metadata).toHaveLength(3)
      expect(json.tenant_discovery_endpoint).toBe(`https://${host}/${tenantId}/v2.0/.well-known/openid-configuration`)
      const { json: tenant } = await visit(sandbox, json.tenant_discovery_endpoint)
      expect(tenant).toMatchObject({
        issuer: `https://${preferred}/${tenantId}/v2.0`,
        token_endpoint: `https://${preferred}/${tenantId}/oauth2/v2.0/token`,
      })
    },
  )

  test('leads nowhere in another cloud: it does not know the tenant', async () => {
    const url = `https://login.microsoftonline.us/${tenantId}/v2.0/.well-known/openid-configuration`
    expect((await visit(sandbox, url)).json.error_codes).toEqual([90002])
  })

  test('refuses an authority that is not Microsoft’s, and a tenant that is not there', async () => {
    expect((await visit(sandbox, authority('login.example.com'))).json.error_codes).toEqual([50049])
    const url = `https://login.microsoftonline.com/${argoCd}/v2.0/.well-known/openid-configuration`
    expect((await visit(sandbox, url)).json.error_codes).toEqual([90002])
  })
})

test('@azure/identity signs in with nothing but the environment', async () => {
  const script = `
    import { ClientAssertionCredential } from '@azure/identity'
    const idToken = async () => {
      const answer = await fetch(process.env.ACTIONS_ID_TOKEN_REQUEST_URL + '&audience=${audience}', {
        headers: { authorization: 'bearer ' + process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN },
      })
      return (await answer.json()).value
    }
    const credential = new ClientAssertionCredential('${tenantId}', '${deployer}', idToken)
    console.log((await credential.getToken('${aks}')).token)
  `
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--use-env-proxy', '--input-type=module', '-e', script],
    {
      env: sandbox.environment,
      cwd: import.meta.dirname,
    },
  )
  expect(decodeJwt(stdout.trim())).toMatchObject({ appid: deployer })
})
