import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { ProxyAgent, request } from 'undici'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'
import { cluster, issuerOf, smallWorld, tenantId } from './small-world.ts'
import { visit } from './visitor.ts'

const keys = `https://login.microsoftonline.com/${tenantId}/discovery/v2.0/keys`
const hub = 'hub.privatelink.westeurope.azmk8s.io'
const keyring = await createKeyring()

let world: World
let options: SandboxOptions
let sandbox: Sandbox
beforeEach(async () => {
  world = smallWorld()
  options = { keyring }
  sandbox = await startSandbox(world, options)
})
afterEach(() => sandbox.stop())

describe('no request leaves the machine', () => {
  test.each(['example.com', 'management.azure.com.example.com', 'westeurope.azmk8s.io', 'localhost'])(
    '%s is refused',
    async host => {
      const socket = connect(Number(new URL(sandbox.environment.HTTPS_PROXY!).port), '127.0.0.1')
      socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      const answer = await text(socket)
      expect(answer).toMatch(/^HTTP\/1.1 403 argo-aks-onboard sandbox: [a-z0-9.]+:443 is not part of this world/)
      expect(sandbox.requests).toMatchObject([{ host: `${host}:443`, method: 'CONNECT', status: 403 }])
    },
  )

  test('nor one to another port, or one without TLS', async () => {
    await expect(visit(sandbox, keys.replace('.com', '.com:8443'))).rejects.toThrow('403')
    const dispatcher = new ProxyAgent({ uri: sandbox.environment.HTTPS_PROXY!, proxyTunnel: false })
    const { statusCode, body } = await request('http://login.microsoftonline.com/', { dispatcher })
    expect(statusCode).toBe(403)
    expect(await body.text()).toContain('is not HTTPS')
    expect(sandbox.requests.map(({ status }) => status)).toEqual([403, 403])
    await dispatcher.close()
  })

  test('nor one that hides another host in a tunnel', async () => {
    const socket = await tunnel('management.azure.com')
    const tls = connectTls({ socket, servername: 'example.com', ca: keyring.rootCertificate })
    await expect(
      new Promise((resolve, reject) => tls.on('secureConnect', resolve).on('error', reject)),
    ).rejects.toThrow()
    expect(sandbox.requests).toMatchObject([{ host: 'example.com', method: 'CONNECT', status: 403 }])
  })
})

async function tunnel(host: string) {
  const socket = connect(Number(new URL(sandbox.environment.HTTPS_PROXY!).port), '127.0.0.1')
  socket.write(`CONNECT ${host}:443 HTTP/1.1\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

describe('an API server', () => {
  test('is trusted by its own authority, under both of its names', async () => {
    const ca = (await keyring.authority('hub')).certificate
    for (const host of [hub, 'hub.hcp.westeurope.azmk8s.io']) {
      expect((await visit(sandbox, `https://${host}/version`, { ca })).status).toBeLessThan(502)
    }
  })

  test('is not trusted by the root, or by another cluster’s authority', async () => {
    await expect(visit(sandbox, `https://${hub}/version`)).rejects.toThrow(/certificate|issuer/)
    const ca = (await keyring.authority('other')).certificate
    await expect(visit(sandbox, `https://${hub}/version`, { ca })).rejects.toThrow(/certificate|issuer/)
  })

  test('of a cluster that came later is there, and one that went is not', async () => {
    const ca = (await keyring.authority('dev')).certificate
    const url = 'https://dev.privatelink.westeurope.azmk8s.io/version'
    await expect(visit(sandbox, url, { ca })).rejects.toThrow('403')
    world.clusters.dev = cluster('/subscriptions/s/resourcegroups/dev-rg', 'dev')
    expect((await visit(sandbox, url, { ca })).status).toBeLessThan(502)
    delete world.clusters.dev
    await expect(visit(sandbox, url, { ca })).rejects.toThrow('403')
  })

  test('shows its new certificate once its authority has changed', async () => {
    Object.values(world.clusters)[0]!.authority.served = 'rotated'
    const ca = (await keyring.authority('rotated')).certificate
    expect((await visit(sandbox, `https://${hub}/version`, { ca })).status).toBeLessThan(502)
  })
})

test('the log holds everything of a request', async () => {
  const url = `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token?a=b`
  await visit(sandbox, url, { method: 'POST', body: 'client_id=me&grant_type=x&scope=y' })
  const [logged] = sandbox.requests
  expect(logged).toEqual({
    number: 1,
    host: 'login.microsoftonline.com',
    method: 'POST',
    path: `/${tenantId}/oauth2/v2.0/token`,
    query: 'a=b',
    body: 'client_id=me&grant_type=x&scope=y',
    status: 400,
    caller: 'me',
    write: false,
    start: expect.any(Number),
    end: expect.any(Number),
  })
  expect(logged!.end).toBeGreaterThanOrEqual(logged!.start)
})

test('a connection is kept for the next request', async () => {
  const socket = await tunnel('login.microsoftonline.com')
  const tls = connectTls({ socket, servername: 'login.microsoftonline.com', ca: keyring.rootCertificate })
  for (const number of [1, 2, 3]) {
    tls.write(`GET ${new URL(keys).pathname} HTTP/1.1\r\nhost: login.microsoftonline.com\r\n\r\n`)
    const [answer] = await once(tls, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(sandbox.requests).toHaveLength(number)
  }
})

test('what the sandbox does not know it refuses by name', async () => {
  const answer = await visit(sandbox, 'https://login.microsoftonline.com/common/oauth2/devicecode')
  expect(answer).toMatchObject({
    status: 501,
    text: expect.stringContaining('GET https://login.microsoftonline.com/common'),
  })
})

test('every answer waits for the latency', async () => {
  options.latency = 80
  await visit(sandbox, keys)
  const { start, end } = sandbox.requests[0]!
  expect(end - start).toBeGreaterThanOrEqual(79)
})

describe('a fault', () => {
  test('answers in place of the site', async () => {
    options.fault = (request, number) =>
      number === 2
        ? { kind: 'answer', status: 429, headers: { 'retry-after': '7' }, body: { path: request.path } }
        : undefined
    expect((await visit(sandbox, keys)).status).toBe(200)
    const answer = await visit(sandbox, keys)
    expect(answer).toMatchObject({ status: 429, json: { path: new URL(keys).pathname } })
    expect(answer.headers['retry-after']).toBe('7')
    expect((await visit(sandbox, keys)).status).toBe(200)
  })

  test('delays one answer', async () => {
    options.fault = () => ({ kind: 'delay', milliseconds: 60 })
    const start = Date.now()
    expect((await visit(sandbox, keys)).status).toBe(200)
    expect(Date.now() - start).toBeGreaterThanOrEqual(59)
  })

  test('resets the connection', async () => {
    options.fault = () => ({ kind: 'reset' })
    await expect(visit(sandbox, keys)).rejects.toThrow(/ECONNRESET|other side closed/)
    expect(sandbox.requests).toMatchObject([{ status: 0, end: 0 }])
  })

  test('hangs, until the client or the sandbox gives up', async () => {
    options.fault = () => ({ kind: 'hang' })
    await expect(visit(sandbox, keys, { patience: 100 })).rejects.toThrow(/timeout/)
    const left = visit(sandbox, keys)
    const outcome = expect(left).rejects.toThrow(/ECONNRESET|other side closed/)
    await expect.poll(() => sandbox.requests.length).toBe(2)
    await sandbox.stop()
    await outcome
  })

  test.each(['reset', 'hang'] as const)('%s can lose the answer of a request that was carried out', async kind => {
    const credential = world.applications[0]!.federatedCredentials[0]!
    options.fault = () => ({ kind, carriedOut: true })
    credential.unseenFor = 1
    const { json } = await visitOnce(() => sendAssertion(100))
    expect(json).toBeUndefined()
    expect(credential.unseenFor).toBe(0)
    expect(sandbox.requests.at(-1)).toMatchObject({ caller: 'deployer', status: 0 })
  })

  async function sendAssertion(patience: number) {
    const issuer = 'https://token.actions.githubusercontent.com'
    const claims = { iss: issuer, sub: world.workflow.subject, aud: 'api://AzureADTokenExchange', exp: 2_000_000_000 }
    const form = {
      grant_type: 'client_credentials',
      client_id: world.applications[0]!.clientId,
      scope: 'https://management.azure.com/.default',
      client_assertion: await keyring.sign(issuer, claims, 'assertion'),
    }
    const url = `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`
    return visit(sandbox, url, { method: 'POST', body: new URLSearchParams(form).toString(), patience })
  }

  const visitOnce = (send: () => ReturnType<typeof visit>) => send().catch(() => ({ json: undefined }))
})

test('a request is reported before its client hears of it', async () => {
  const seen: number[] = []
  options.onRequest = ({ number, status }) => seen.push(number, status)
  await visit(sandbox, keys)
  expect(seen).toEqual([1, 200])
})

describe('the sandbox is idle', () => {
  test('while no connection is being made, or when its client has gone', async () => {
    expect(sandbox.isIdle()).toBe(true)
    const socket = await tunnel('management.azure.com')
    expect(sandbox.isIdle()).toBe(false)
    socket.destroy()
    await expect.poll(() => sandbox.isIdle()).toBe(true)
  })

  test('when every request that will be answered has been', async () => {
    options.onRequest = () => expect(sandbox.isIdle()).toBe(false)
    await visit(sandbox, keys)
    await expect.poll(() => sandbox.isIdle()).toBe(true)

    options.fault = () => ({ kind: 'hang' })
    const left = visit(sandbox, keys, { patience: 2_000 }).catch(error => error)
    await expect.poll(() => sandbox.requests.length).toBe(2)
    await expect.poll(() => sandbox.isIdle(), { timeout: 1_000 }).toBe(true)
    expect(await left).toBeInstanceOf(Error)
  })
})

test('the OIDC issuers of clusters publish their keys while they are on', async () => {
  const issuer = issuerOf('hub')
  expect((await visit(sandbox, `${issuer}.well-known/openid-configuration`)).json).toEqual({
    issuer,
    jwks_uri: `${issuer}openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  })
  expect((await visit(sandbox, `${issuer}openid/v1/jwks`)).json).toEqual(await keyring.keys(issuer))
  expect((await visit(sandbox, `${issuer.replace('hub', 'other')}openid/v1/jwks`)).status).toBe(404)
  Object.values(world.clusters)[0]!.arm.properties.oidcIssuerProfile = { enabled: false }
  expect((await visit(sandbox, `${issuer}openid/v1/jwks`)).status).toBe(404)
})

test('a stopped sandbox leaves nothing behind', async () => {
  await visit(sandbox, keys)
  await sandbox.stop()
  const open = process.getActiveResourcesInfo().filter(resource => resource === 'TCPServerWrap')
  expect(open).toEqual([])
  await expect(visit(sandbox, keys)).rejects.toThrow('ECONNREFUSED')
})
