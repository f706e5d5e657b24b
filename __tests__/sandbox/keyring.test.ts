import { X509Certificate } from 'node:crypto'
import { decodeProtectedHeader, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'

const keyring = await createKeyring()

test('a host is vouched for by the root, an API server only by its own authority', async () => {
  const root = new X509Certificate(keyring.rootCertificate)
  const host = new X509Certificate((await keyring.hostCertificate('management.azure.com')).certificate)
  expect(host.checkIssued(root) && host.verify(root.publicKey)).toBe(true)
  expect(host.subjectAltName).toBe('DNS:management.azure.com')

  const authority = new X509Certificate((await keyring.authority('hub')).certificate)
  const server = new X509Certificate((await keyring.serverCertificate('hub', ['a.b', 'c.d', '127.0.0.1'])).certificate)
  expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true)
  expect(server.verify(root.publicKey)).toBe(false)
  expect(server.subjectAltName).toBe('DNS:a.b, DNS:c.d, IP Address:127.0.0.1')
})

test('an authority may be named by an ARM id', async () => {
  const id = `/subscriptions/${'0'.repeat(36)}/resourceGroups/a, b="c"/providers/Microsoft.ContainerService/managedClusters/hub`
  const server = new X509Certificate((await keyring.serverCertificate(id, ['a.b'])).certificate)
  expect(server.checkIssued(new X509Certificate((await keyring.authority(id)).certificate))).toBe(true)
})

test('everything is made once, however many ask at the same time', async () => {
  const made = await Promise.all([1, 2, 3].map(() => keyring.serverCertificate('dev', ['a.b'])))
  expect(new Set(made.map(({ certificate }) => certificate)).size).toBe(1)
  const keys = await Promise.all([1, 2, 3].map(() => keyring.keys('https://issuer')))
  expect(new Set(keys.map(({ keys: [key] }) => key?.kid)).size).toBe(1)
})

test('a token is verified by its issuer’s key and no other, and entered in the register', async () => {
  const token = await keyring.sign('https://issuer', { sub: 'me' }, 'a token')
  expect(decodeProtectedHeader(token)).toEqual({
    alg: 'RS256',
    typ: 'JWT',
    kid: (await keyring.keys('https://issuer')).keys[0]?.kid,
  })
  expect(await keyring.verify(token, 'https://issuer')).toEqual({ sub: 'me' })
  expect(await keyring.verify(token, 'https://another')).toBeUndefined()
  expect(await keyring.verify(`${token.slice(0, -8)}AAAAAAAA`, 'https://issuer')).toBeUndefined()
  expect(keyring.secrets.get(token)).toBe('a token')
})

test('a token that is signed in another way is nobody’s', async () => {
  const { publicKey } = await keyring.signingKey('https://issuer')
  const forged = await new SignJWT({ sub: 'me' })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(publicKey))
  expect(await keyring.verify(forged, 'https://issuer')).toBeUndefined()
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"me"}').toString('base64url')}.`
  expect(await keyring.verify(unsigned, 'https://issuer')).toBeUndefined()
})
