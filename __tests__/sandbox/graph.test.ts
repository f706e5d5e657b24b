import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { now, type World } from '../../sandbox/world.ts'
import { smallWorld, tenantId } from './small-world.ts'
import { visit } from './visitor.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(smallWorld())
})
afterAll(() => sandbox.stop())

const claimsFor = (world: World, aud: string) => {
  const iss = `https://sts.windows.net/${tenantId}/`
  return { iss, aud, oid: 'somebody', exp: Math.floor(now(world) / 1000) + 3600 }
}

test.each([
  ['https://graph.microsoft.com', 403, 'Authorization_RequestDenied'],
  ['https://graph.microsoft.com/', 403, 'Authorization_RequestDenied'],
  ['https://management.azure.com', 401, 'InvalidAuthenticationToken'],
  ['', 401, 'InvalidAuthenticationToken'],
])('a token for %s', async (audience, status, code) => {
  const { keyring, world } = sandbox
  const claims = claimsFor(world, audience)
  const headers = audience ? { authorization: `Bearer ${await keyring.sign(claims.iss, claims, 'test')}` } : {}
  const answer = await visit(sandbox, 'https://graph.microsoft.com/v1.0/directoryObjects/getByIds', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"ids":[]}',
  })
  expect([answer.status, answer.json.error.code]).toEqual([status, code])
})
