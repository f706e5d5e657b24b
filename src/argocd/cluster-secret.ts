import type { KubernetesObject } from '../kubernetes/cluster.ts'

/** The label by which Argo CD finds its clusters (https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters). */
export const SECRET_TYPE_LABEL = 'argocd.argoproj.io/secret-type'
export const SECRET_TYPE = { [SECRET_TYPE_LABEL]: 'cluster' }

/** A cluster as Argo CD registers it, without what another's registration holds in secret. */
export interface RegisteredCluster {
  secret: KubernetesObject
  name: string
  server: string
  /** Undefined where Argo CD cannot read it. */
  config: ClusterConfig | undefined
}

/** The part of Argo CD's ClusterConfig that a workload-identity cluster uses. */
export interface ClusterConfig {
  execProviderConfig?: { command?: string; args?: string[]; env?: Record<string, string>; apiVersion?: string }
  tlsClientConfig?: { insecure?: boolean; caData?: string; serverName?: string }
  proxyUrl?: string
  [field: string]: unknown
}

/** Who Argo CD becomes when it connects. */
export interface LoginAs {
  clientId: string
  tenantId: string
  authorityHost: string
}

/** What Argo CD has to know of a cluster. */
export interface Registration extends LoginAs {
  name: string
  server: string
  /** PEM certificates, base64. */
  certificateAuthority: string
  /** The name in the server's certificate, where it is not the host of the URL. */
  tlsServerName?: string
  proxyUrl?: string
  /** The project that alone may use the cluster. */
  project?: string
  /** Those that Argo CD works in; none for all. */
  namespaces?: readonly string[]
  /** With `namespaces`: whether Argo CD manages what lies outside namespaces, too. */
  clusterResources?: boolean
  shard?: number
}

/** What argocd-k8s-auth has to be told. The pod says where the token is, so that the Secret fits every token source. */
export const loginEnvironment = ({ clientId, tenantId, authorityHost }: LoginAs): Record<string, string> => ({
  AAD_LOGIN_METHOD: 'workloadidentity',
  AZURE_AUTHORITY_HOST: authorityHost,
  AZURE_CLIENT_ID: clientId,
  AZURE_TENANT_ID: tenantId,
})

/** What `config` says of a registration. */
export const configOf = (registration: Registration): ClusterConfig => ({
  execProviderConfig: {
    command: 'argocd-k8s-auth',
    args: ['azure'],
    env: loginEnvironment(registration),
    // The plugin always prints v1beta1, whatever it is asked for (cmd/argocd-k8s-auth/commands/azure.go).
    apiVersion: 'client.authentication.k8s.io/v1beta1',
  },
  tlsClientConfig: {
    insecure: false,
    caData: registration.certificateAuthority,
    ...(registration.tlsServerName && { serverName: registration.tlsServerName }),
  },
  ...(registration.proxyUrl && { proxyUrl: registration.proxyUrl }),
})

/**
 * All that Argo CD reads of a cluster Secret, as text; what is undefined is not there
 * (https://github.com/argoproj/argo-cd/blob/v3.5.1/util/db/cluster.go, SecretToCluster).
 */
export const dataOf = (registration: Registration): Record<DataKey, string | undefined> => {
  const { name, server, namespaces = [], clusterResources, project, shard } = registration
  return {
    name,
    server,
    config: JSON.stringify(configOf(registration)),
    namespaces: namespaces.length > 0 ? namespaces.join(',') : undefined,
    clusterResources: clusterResources ? 'true' : undefined,
    project,
    shard: shard === undefined ? undefined : String(shard),
  }
}

type DataKey = 'name' | 'server' | 'config' | 'namespaces' | 'clusterResources' | 'project' | 'shard'

/** What a cluster Secret says under a key; nothing where it is not there. */
export const textOf = ({ data }: KubernetesObject, key: string): string =>
  Buffer.from(data?.[key] ?? '', 'base64').toString()

/** Tells a cluster Secret from others of the namespace. */
export const isClusterSecret = ({ metadata }: KubernetesObject): boolean =>
  metadata.labels?.[SECRET_TYPE_LABEL] === 'cluster'

/** Reads a cluster Secret. */
export function registeredCluster(secret: KubernetesObject): RegisteredCluster {
  const server = normalised(textOf(secret, 'server'))
  // Argo CD shows the URL where no name is given.
  return { secret, name: textOf(secret, 'name') || server, server, config: parse(textOf(secret, 'config')) }
}

/** Argo CD's own normalisation of a server URL: trailing slashes go, nothing else. */
export const normalised = (server: string): string => server.replace(/\/+$/, '')

/** Tells whether two URLs reach the same server, though Argo CD takes `:443` for another cluster. */
export const sameServer = (one: string, other: string): boolean => serverKey(one) === serverKey(other)

/** What is the same for all URLs that reach one server. */
export const serverKey = (server: string): string => normalised(server).replace(/:443$/, '').toLowerCase()

/**
 * The name that `argocd cluster add` gives to the Secret of a server, so that a later `argocd cluster add --upsert` lands on it
 * (https://github.com/argoproj/argo-cd/blob/v3.5.1/util/db/secrets.go, URIToSecretName).
 */
export function secretNameOf(server: string): string {
  const host = /^[a-z]+:\/\/(?:\[([^\]]+)\]|([^:/]+))/i.exec(server)
  const readable = (host?.[1] ?? host?.[2] ?? '').toLowerCase().replaceAll(':', '-')
  return `cluster-${readable}-${fnv1a(server)}`
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** What is wrong with unreadable JSON is not told: the parser's message quotes the text, which may be a secret. */
function parse(config: string): ClusterConfig | undefined {
  try {
    return config === '' ? {} : JSON.parse(config)
  } catch {
    return undefined
  }
}
