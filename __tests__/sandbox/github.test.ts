import { decodeJwt, importJWK, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'
import { audience, smallWorld } from './small-world.ts'
import { visit } from './visitor.ts'

const keyring = await createKeyring()

let world: World
let sandbox: Sandbox
beforeEach(async () => {
  world = smallWorld()
  sandbox = await startSandbox(world, { keyring })
})
afterEach(() => sandbox.stop())

const ask = (
  token = sandbox.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
  url = sandbox.environment.ACTIONS_ID_TOKEN_REQUEST_URL,
) =>
  visit(sandbox, `${url}&audience=${encodeURIComponent(audience)}`, { headers: { authorization: `bearer ${token}` } })

test('an ID token holds what GitHub says of a job, for five minutes, signed by keys that discovery leads to', async () => {
  const { status, json } = await ask()
  expect(status).toBe(200)
  const discovery = await visit(sandbox, 'https://token.actions.githubusercontent.com/.well-known/openid-configuration')
  const { keys } = (await visit(sandbox, discovery.json.jwks_uri)).json
  const { payload } = await jwtVerify(json.value, await importJWK(keys[0], 'RS256'))
  expect(payload).toMatchObject({
    iss: 'https://token.actions.githubusercontent.com',
    sub: 'repo:contoso/platform:environment:production',
    aud: audience,
    repository: 'contoso/platform',
    repository_owner: 'contoso',
    environment: 'production',
    ref: 'refs/heads/main',
    event_name: 'workflow_dispatch',
    job_workflow_ref: 'contoso/platform/.github/workflows/onboard.yml@refs/heads/main',
    runner_environment: 'github-hosted',
  })
  expect(payload.exp! - payload.iat!).toBe(300)
  expect(keyring.secrets.get(json.value)).toBe('GitHub ID token')
})

test('without an audience it is for the repository’s owner', async () => {
  const token = sandbox.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN
  const url = sandbox.environment.ACTIONS_ID_TOKEN_REQUEST_URL!
  const { json } = await visit(sandbox, url, { headers: { authorization: `bearer ${token}` } })
  expect(decodeJwt(json.value).aud).toBe('https://github.com/contoso')
})

describe('the subject decides on the context', () => {
  test.each([
    ['repo:contoso/platform:ref:refs/heads/main', { ref: 'refs/heads/main', ref_type: 'branch', event_name: 'push' }],
    ['repo:contoso/platform:ref:refs/tags/v1', { ref: 'refs/tags/v1', ref_type: 'tag' }],
    ['repo:contoso/platform:pull_request', { ref: 'refs/pull/12/merge', event_name: 'pull_request', base_ref: 'main' }],
    ['repo:contoso/platform:environment:eu%3Aprod', { environment: 'eu:prod' }],
    ['repo:contoso@17/platform@42:pull_request', { repository_id: '42', repository_owner_id: '17' }],
  ])('%s', async (subject, claims) => {
    world.workflow.subject = subject
    expect(decodeJwt((await ask()).json.value)).toMatchObject({ sub: subject, ...claims })
  })
})

describe('no ID token', () => {
  test('for nobody, or for a job that is long over', async () => {
    expect((await ask('')).status).toBe(401)
    expect((await ask('something')).status).toBe(401)
    world.clockAhead = 7 * 60 * 60 * 1000
    expect((await ask()).status).toBe(401)
  })

  test('for another job', async () => {
    const url = sandbox.environment.ACTIONS_ID_TOKEN_REQUEST_URL!.replace(/[0-9a-f]{12}\?/, '000000000000?')
    expect((await ask(undefined, url)).status).toBe(403)
  })
})
