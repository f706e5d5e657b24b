import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  configOf,
  normalised,
  registeredCluster,
  sameServer,
  secretNameOf,
} from '../../../src/argocd/cluster-secret.ts'
import { certificateAuthority, server } from '../names.ts'

describe('the name that `argocd cluster add` would choose', () => {
  const aks = 'dev-abcdxyz.3f2b1c0d-1111-2222-3333-444455556666.privatelink.westeurope.azmk8s.io'

  /** The first six are the examples of Argo CD's own tests: https://github.com/argoproj/argo-cd/tree/v3.5.1/util/db */
  test.each([
    ['http://foo', 'cluster-foo-752281925'],
    [
      'http://thelongestdomainnameintheworld.argocd-project.com:3000',
      'cluster-thelongestdomainnameintheworld.argocd-project.com-2721640553',
    ],
    ['http://[fe80::1ff:fe23:4567:890a]', 'cluster-fe80--1ff-fe23-4567-890a-3877258831'],
    ['http://[fe80::1ff:fe23:4567:890a]:8000', 'cluster-fe80--1ff-fe23-4567-890a-664858999'],
    ['http://[FE80::1FF:FE23:4567:890A]:8000', 'cluster-fe80--1ff-fe23-4567-890a-682802007'],
    ['https://mycluster', 'cluster-mycluster-3274446258'],
    [`https://${aks}:443`, `cluster-${aks}-2866739195`],
    [`https://${aks}`, `cluster-${aks}-1880695444`],
    [`https://${aks}:443/`, `cluster-${aks}-3506447036`],
  ])('of %s', (url, name) => {
    expect(secretNameOf(url)).toBe(name)
  })

  const vectors = join(
    import.meta.dirname,
    '../../../../shared/fixtures/argocd/cluster-secrets/secret-name-vectors.json',
  )
  test.skipIf(!existsSync(vectors))('of every further vector (skipped where ../shared/fixtures is not there)', () => {
    for (const { server, secretName } of JSON.parse(readFileSync(vectors, 'utf8')))
      expect(secretNameOf(server)).toBe(secretName)
  })
})

test.each([
  ['https://a', 'https://a', true],
  ['https://a', 'https://a/', true],
  ['https://a', 'https://a:443', true],
  ['https://a:443/', 'https://A', true],
  ['https://a', 'https://a:6443', false],
  ['https://a', 'https://ab', false],
])('%s and %s reach the same server: %s', (one, other, same) => {
  expect(sameServer(one, other)).toBe(same)
})

test('a server is read as Argo CD reads it: slashes at the end go, case and port stay', () => {
  expect(normalised('https://A:443//')).toBe('https://A:443')
})

describe('a cluster Secret', () => {
  const secret = (fields: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x' },
    data: Object.fromEntries(Object.entries(fields).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  })

  test.each([
    [
      'is read',
      { name: 'dev', server, config: '{"username":"x"}' },
      { name: 'dev', server, config: { username: 'x' } },
    ],
    ['without a name is shown by its URL', { server: `${server}/` }, { name: server, server, config: {} }],
    ['without anything', {}, { name: '', server: '', config: {} }],
    ['may hold what is no JSON', { config: '{"a": 1} ## comment' }, { name: '', server: '', config: undefined }],
  ])('%s', (_what, fields, cluster) => {
    expect(registeredCluster(secret(fields))).toMatchObject(cluster)
  })
})

test('a config says who Argo CD becomes, and not where its token lies', () => {
  const registration = {
    name: 'dev',
    server,
    certificateAuthority,
    clientId: 'client',
    tenantId: 'tenant',
    authorityHost: 'https://login.microsoftonline.com/',
  }
  expect(configOf(registration)).toEqual({
    execProviderConfig: {
      command: 'argocd-k8s-auth',
      args: ['azure'],
      env: {
        AAD_LOGIN_METHOD: 'workloadidentity',
        AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
        AZURE_CLIENT_ID: 'client',
        AZURE_TENANT_ID: 'tenant',
      },
      apiVersion: 'client.authentication.k8s.io/v1beta1',
    },
    tlsClientConfig: { insecure: false, caData: certificateAuthority },
  })
})
