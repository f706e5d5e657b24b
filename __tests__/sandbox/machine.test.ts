import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import type { Machine, World } from '../../sandbox/world.ts'
import { argoCd, deployer, smallWorld, tenantId } from './small-world.ts'

const keyring = await createKeyring()
const nobody = '99999999-9999-4999-a999-999999999999'
const arm = 'https://management.azure.com'
const vm = '/metadata/identity/oauth2/token'

let world: World
let sandbox: Sandbox
beforeAll(async () => {
  world = { ...smallWorld(), machine: { userAssigned: [] } }
  sandbox = await startSandbox(world, { keyring })
})
afterAll(() => sandbox.stop())

/** Asks as a program on the machine does. */
async function ask(machine: Machine, query: object, headers: Record<string, string> = { metadata: 'true' }, path = vm) {
  world.machine = machine
  const parameters = new URLSearchParams({ 'api-version': '2018-02-01', resource: arm, ...query })
  const answer = await fetch(`${sandbox.environment.AZURE_POD_IDENTITY_AUTHORITY_HOST}${path}?${parameters}`, {
    headers,
  })
  const text = await answer.text()
  return { status: answer.status, json: text && JSON.parse(text) }
}

describe('a VM', () => {
  test.each<[what: string, machine: Machine, query: object, clientId: string]>([
    ['with an identity of its own', { systemAssigned: deployer, userAssigned: [argoCd] }, {}, deployer],
    ['with one that it was given', { userAssigned: [argoCd] }, {}, argoCd],
    ['that is asked for one of several', { userAssigned: [argoCd, deployer] }, { client_id: deployer }, deployer],
  ])('%s hands out its token', async (_what, machine, query, clientId) => {
    const { status, json } = await ask(machine, query)

    expect([status, json.client_id, json.resource]).toEqual([200, clientId, arm])
    expect(decodeJwt(json.access_token)).toMatchObject({ appid: clientId, tid: tenantId, aud: arm })
    expect(Number(json.expires_on)).toBe(decodeJwt(json.access_token).exp)
  })

  test.each<[what: string, machine: Machine, query: object, headers: Record<string, string>, says: RegExp]>([
    ['without one', { userAssigned: [] }, {}, { metadata: 'true' }, /^Identity not found$/],
    [
      'without that one',
      { userAssigned: [argoCd] },
      { client_id: nobody },
      { metadata: 'true' },
      /^Identity not found$/,
    ],
    ['with several', { userAssigned: [argoCd, deployer] }, {}, { metadata: 'true' }, /^Multiple user assigned/],
    ['that is asked without the header', { userAssigned: [argoCd] }, {}, {}, /^Required metadata header/],
    [
      'that is asked by a proxy',
      { userAssigned: [argoCd] },
      {},
      { metadata: 'true', 'x-forwarded-for': '::1' },
      /proxy/,
    ],
    [
      'that is asked for what no tenant knows',
      { userAssigned: [argoCd] },
      { resource: 'https://x' },
      { metadata: 'true' },
      /^AADSTS500011/,
    ],
  ])('%s refuses', async (_what, machine, query, headers, says) => {
    const { status, json } = await ask(machine, query, headers)
    expect([status, json.error_description]).toEqual([400, expect.stringMatching(says)])
  })
})

describe('a container app', () => {
  const identityHeader = 'secret'
  const asked = (machine: Machine, query: object, header = identityHeader) =>
    ask({ ...machine, identityHeader }, query, { 'x-identity-header': header }, '/msi/token')

  test('knows its own programs by a header', async () => {
    expect((await asked({ userAssigned: [argoCd] }, { client_id: argoCd })).status).toBe(200)
    expect((await asked({ userAssigned: [argoCd] }, { client_id: argoCd }, 'guess')).status).toBe(401)
  })

  test('takes no identity for the one that is meant where none is named', async () => {
    const { status, json } = await asked({ userAssigned: [argoCd] }, {})
    expect([status, json.message]).toEqual([400, expect.stringMatching(/^No User Assigned or Delegated/)])
  })
})
