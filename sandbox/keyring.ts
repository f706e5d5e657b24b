import type { JWK, JWTPayload } from 'jose'

/** A certificate and its key, both PEM. */
export interface KeyPair {
  certificate: string
  privateKey: string
}

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
