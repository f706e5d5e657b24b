import { createHash } from 'node:crypto'
import {
  type CryptoKey,
  compactVerify,
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { createAuthority, issueCertificate, issueClientCertificate, type KeyPair } from './certificates.ts'

export type { KeyPair }

/**
 * Keys and certificates of a sandbox, made when first asked for, and the register of every secret that was handed out.
 * It is no part of the world: forks of a world share one keyring, so that a token of the one is valid in the other.
 */
export interface Keyring {
  /** The throw-away root that signs Entra, ARM and GitHub hosts, PEM: what NODE_EXTRA_CA_CERTS holds. */
  rootCertificate: string
  /** Certificate for a public host name, signed by the root. */
  hostCertificate(host: string): Promise<KeyPair>
  /** A cluster's own certificate authority, by name (see `AksCluster.authority`). */
  authority(name: string): Promise<KeyPair>
  /** Certificate for the API server's host names, signed by a cluster's own authority. */
  serverCertificate(authority: string, hosts: string[]): Promise<KeyPair>
  /** Certificate for a user of a cluster, signed by its own authority; the key is entered in the register of secrets. */
  clientCertificate(authority: string, name: string, organization: string): Promise<KeyPair>
  /** Public keys of an issuer, by its URL. */
  keys(issuer: string): Promise<{ keys: JWK[] }>
  /** The RSA key of an issuer as PEM, for kube-apiserver's service account key files. */
  signingKey(issuer: string): Promise<{ privateKey: string; publicKey: string }>
  /** Signs an RS256 token and enters it in the register of secrets under `label`. */
  sign(issuer: string, claims: JWTPayload, label: string): Promise<string>
  /** Claims of a token whose signature is its issuer's; undefined where it is not. Validity in time is the caller's business. */
  verify(token: string, issuer: string): Promise<JWTPayload | undefined>
  /** Enters a secret that is no token, such as a kubeconfig's key. */
  register(secret: string, label: string): string
  /** Everything secret that was handed out, with what it is. */
  secrets: Map<string, string>
}

/** A new keyring with a root of its own; everything else in it is made when first asked for. */
export async function createKeyring(): Promise<Keyring> {
  const root = await createAuthority('Throw-away root of the argo-aks-onboard sandbox')
  const secrets = new Map<string, string>()
  const register = (secret: string, label: string): string => {
    secrets.set(secret, label)
    return secret
  }

  const authority = onceFor(createAuthority)
  const issuerKey = onceFor(createIssuerKey)
  const serverCertificate = onceFor(async (serving: string) => {
    const [name, ...hosts] = JSON.parse(serving) as [string, ...string[]]
    return issueCertificate(await authority(name), hosts)
  })

  return {
    rootCertificate: root.pair.certificate,
    hostCertificate: onceFor(host => issueCertificate(root, [host])),
    authority: async name => (await authority(name)).pair,
    serverCertificate: (name, hosts) => serverCertificate(JSON.stringify([name, ...hosts])),
    clientCertificate: async (name, user, organization) => {
      const pair = await issueClientCertificate(await authority(name), user, organization)
      register(pair.privateKey, `client key of ${user} (${organization})`)
      return pair
    },
    keys: async issuer => ({ keys: [(await issuerKey(issuer)).jwk] }),
    signingKey: async issuer => {
      const { privateKey, publicKey } = await issuerKey(issuer)
      return { privateKey: await exportPKCS8(privateKey), publicKey: await exportSPKI(publicKey) }
    },
    sign: async (issuer, claims, label) => {
      const { privateKey, jwk } = await issuerKey(issuer)
      const header = { alg: 'RS256', typ: 'JWT', kid: jwk.kid }
      return register(await new SignJWT(claims).setProtectedHeader(header).sign(privateKey), label)
    },
    verify: async (token, issuer) => claimsOf(token, (await issuerKey(issuer)).publicKey),
    register,
    secrets,
  }
}

/** What `make` made when it was first asked for `name`; a promise is remembered too, so that two callers share one key. */
function onceFor<Made>(make: (name: string) => Made): (name: string) => Made {
  const made = new Map<string, Made>()
  return name => {
    if (!made.has(name)) made.set(name, make(name))
    return made.get(name)!
  }
}

interface IssuerKey {
  privateKey: CryptoKey
  publicKey: CryptoKey
  jwk: JWK & { kid: string }
}

async function createIssuerKey(): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const der = await crypto.subtle.exportKey('spki', publicKey)
  // kube-apiserver derives the key id of its service account keys the same way, so a real one publishes the same JWKS.
  const kid = createHash('sha256').update(Buffer.from(der)).digest('base64url')
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), use: 'sig', alg: 'RS256', kid } }
}

async function claimsOf(token: string, publicKey: CryptoKey): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await compactVerify(token, publicKey, { algorithms: ['RS256'] })
    return JSON.parse(new TextDecoder().decode(payload)) as JWTPayload
  } catch {
    return undefined
  }
}
