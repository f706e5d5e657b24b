import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'
import type { Fault } from '../../sandbox/sandbox.ts'
import { fork } from '../../sandbox/world.ts'
import { clusterOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { inSandbox } from '../driver/in-sandbox.ts'
import { hub } from '../driver/story.ts'
import { azureOf } from '../sandbox/arm/azure.ts'
import { visit } from '../sandbox/visitor.ts'
import { malformedOnPurpose } from './exceptions.ts'
import { type ArmExchange, openValidator } from './validator.ts'
import { complaints } from './witness.ts'

const validate = await openValidator()

const cluster =
  'https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks'
const headers = { 'content-type': 'application/json' }
const update: ArmExchange = {
  method: 'PUT',
  url: `${cluster}?api-version=2026-06-01`,
  request: { headers, body: '{"location":"westeurope","properties":{"dnsPrefix":"aks","enableRBAC":true}}' },
  response: {
    status: 200,
    headers,
    body: '{"location":"westeurope","name":"aks","properties":{"dnsPrefix":"aks","enableRBAC":true,"maxAgentPools":100}}',
  },
}
const command: ArmExchange = {
  method: 'POST',
  url: `${cluster}/runCommand?api-version=2026-06-01`,
  request: { headers, body: '{"command":"kubectl version"}' },
  response: { status: 202, headers: { location: `${cluster}/commandResults/1` }, body: '' },
}

describe('the specs', () => {
  test.each([update, command])('take a valid $method', async exchange => {
    expect(await validate(exchange)).toMatchObject({ heldTo: '2026-06-01', requestFaults: [], responseFaults: [] })
  })

  test.each([
    ['a property that none has', '{', '{"etag":"1",', 'OBJECT_ADDITIONAL_PROPERTIES at /etag'],
    [
      'one that only Azure writes',
      '"dnsPrefix"',
      '"fqdn":"x","dnsPrefix"',
      'READONLY_PROPERTY_NOT_ALLOWED_IN_REQUEST at /properties/fqdn',
    ],
    ['one that is left out', '"location":"westeurope",', '', 'OBJECT_MISSING_REQUIRED_PROPERTY at /location'],
    ['a value of another type', 'true', '"true"', 'INVALID_TYPE at /properties/enableRBAC'],
    [
      'a value against its pattern',
      '"enableRBAC":true',
      '"networkProfile":{"serviceCidr":"x"}',
      'PATTERN at /properties/networkProfile/serviceCidr',
    ],
  ])('refuse in a request %s', async (_what, found, instead, fault) => {
    const body = update.request.body.replace(found, instead)
    const { requestFaults } = await validate({ ...update, request: { headers, body } })
    expect(requestFaults).toEqual([expect.stringContaining(`${fault}: `)])
  })

  test.each([
    ['a property that none has', '{', '{"etag":"1",', 'OBJECT_ADDITIONAL_PROPERTIES at /etag'],
    ['one that is left out', '"location":"westeurope",', '', 'OBJECT_MISSING_REQUIRED_PROPERTY at /location'],
    ['a value of another type', '100', '"100"', 'INVALID_TYPE at /properties/maxAgentPools'],
    ['what is no JSON', '{', '', 'INVALID_TYPE at /'],
  ])('refuse in an answer %s', async (_what, found, instead, fault) => {
    const body = update.response.body.replace(found, instead)
    const { responseFaults } = await validate({ ...update, response: { ...update.response, body } })
    expect(responseFaults).toEqual([expect.stringContaining(`${fault}: `)])
  })

  test.each([
    ['another status', update, { status: 202 }, 'INVALID_RESPONSE_CODE'],
    ['another type', update, { headers: { 'content-type': 'text/html' } }, 'INVALID_CONTENT_TYPE'],
  ])('refuse an answer with %s', async (_what, exchange, change, fault) => {
    const { responseFaults } = await validate({ ...exchange, response: { ...exchange.response, ...change } })
    expect(responseFaults).toEqual([expect.stringContaining(`${fault} at /: `)])
  })

  test.each([
    ['2025-10-01', '2026-04-01'],
    ['2026-05-01', '2026-06-01'],
    ['2099-01-01', '2026-06-01'],
  ])('that name no version %s hold it to %s', async (apiVersion, heldTo) => {
    const url = `${cluster}?api-version=${apiVersion}`
    expect(await validate({ ...update, url })).toMatchObject({ apiVersion, heldTo })
  })
})

describe('a test hears', async () => {
  const keyring = await createKeyring()
  const world = worlds['first-light']!()
  const { arm } = clusterOf(world, hub)
  const address = `https://management.azure.com${arm.id}?api-version=2026-06-01`

  test.each(['AZURECLI/2.91.0', 'argo-aks-onboard azsdk-js-arm-containerservice'])(
    'what is wrong with a request of %s',
    async userAgent => {
      await inSandbox(world, { keyring }, sandbox => visit(sandbox, address, misspelt(userAgent)))
      expect(await complaints()).toMatchObject([
        { text: expect.stringContaining('the request: OBJECT_ADDITIONAL_PROPERTIES at /etag: ') },
      ])
    },
  )

  test('nothing of requests that it makes up', async () => {
    await inSandbox(world, { keyring }, sandbox => visit(sandbox, address, misspelt('curl')))
    expect(await complaints()).toEqual([])
  })

  test('what is wrong with an answer of the sandbox', async () => {
    const misspelt = fork(world)
    clusterOf(misspelt, hub).arm.properties.oidcIssuer = {}
    await (await azureOf(misspelt)).send('GET', arm.id, { query: { 'api-version': '2026-06-01' } })
    expect((await complaints()).filter(({ excuse }) => !excuse)).toMatchObject([
      {
        text: expect.stringContaining('the answer: OBJECT_ADDITIONAL_PROPERTIES at /properties/oidcIssuer: '),
        isFault: false,
      },
    ])
  })

  test('what is wrong with an answer that a fault made up', async () => {
    const fault = (): Fault => ({ kind: 'answer', status: 429, body: { error: 'too many' } })
    await inSandbox(world, { keyring, fault }, sandbox => visit(sandbox, address))
    expect(await complaints()).toMatchObject([
      { text: expect.stringContaining('the answer: INVALID_TYPE at /error: '), isFault: true },
    ])
  })

  const misspelt = (userAgent: string) => ({
    method: 'PUT',
    headers: { 'user-agent': userAgent, 'content-type': 'application/json' },
    body: JSON.stringify({ location: arm.location, etag: arm.eTag }),
  })
})

test.each(Object.entries(malformedOnPurpose))('%s is a test, in which %s', file => {
  expect(existsSync(file)).toBe(true)
})
