// @peculiar/x509 refuses to load without this polyfill.
import 'reflect-metadata'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { exportPKCS8, type GenerateKeyPairResult, generateKeyPair } from 'jose'

/** A certificate and its key, both PEM. */
export interface KeyPair {
  certificate: string
  privateKey: string
}

/** A certificate authority: what it signs with, and the pair that the world sees of it. */
export interface Authority {
  subject: string
  keys: GenerateKeyPairResult
  pair: KeyPair
}

const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
const day = 24 * 60 * 60 * 1000

/** A new self-signed certificate authority. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await generateKeyPair('ES256', { extractable: true })
  const subject = distinguishedName(name)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: subject,
    keys,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    subject,
    keys,
    pair: { certificate: certificate.toString('pem'), privateKey: await exportPKCS8(keys.privateKey) },
  }
}

/** A server certificate for host names or IP addresses, signed by an authority. */
export const issueCertificate = (authority: Authority, hosts: string[]): Promise<KeyPair> =>
  sign(authority, distinguishedName(hosts[0]!), [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(hosts.map(host => ({ type: isIP(host) ? 'ip' : 'dns', value: host }))),
  ])

/** A client certificate, signed by an authority: to Kubernetes the name is a user and the organization a group. */
export const issueClientCertificate = (authority: Authority, name: string, organization: string): Promise<KeyPair> =>
  sign(authority, `O=${organization},${distinguishedName(name)}`, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ])

async function sign(authority: Authority, subject: string, extensions: Extension[]): Promise<KeyPair> {
  const keys = await generateKeyPair('ES256', { extractable: true })
  const certificate = await X509CertificateGenerator.create({
    ...validity(),
    subject,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      ...extensions,
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  })
  return { certificate: certificate.toString('pem'), privateKey: await exportPKCS8(keys.privateKey) }
}

/** From a day ago, so that a client whose clock is behind still connects. */
const validity = () => ({ notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) })

/** X.520 allows a common name 64 characters; the ARM ids that clusters go by are longer, and differ at their ends. */
const distinguishedName = (name: string): string => `CN=${name.slice(-64).replace(/[,+"\\<>;=#]/g, '\\$&')}`
