import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { TARGET_ANNOTATION } from '../mark.ts'
import { isClusterSecret, type RegisteredCluster, registeredCluster, serverKey } from './cluster-secret.ts'

/** By what a cluster may be registered already, or come into the way of another one. */
export interface Registrant {
  /** ARM id. */
  id: string
  server: string
  /** Further URLs of the same API server. */
  otherServers: string[]
  name: string
  secretName: string
}

/** The Secrets that have to do with one cluster: those that Argo CD knows as clusters, and the others. */
export interface SecretsAbout {
  registered: RegisteredCluster[]
  otherSecrets: KubernetesObject[]
}

/** Finds Secrets by anything that they have in common with a cluster. A fleet asks as often as it has targets, so all are sorted once. */
export function registrations(secrets: KubernetesObject[]): (registrant: Registrant) => SecretsAbout {
  const index = new Map<string, RegisteredCluster[]>()
  for (const cluster of secrets.map(registeredCluster)) {
    for (const key of keysOf(asRegistrant(cluster))) {
      const sameKey = index.get(key)
      if (sameKey) sameKey.push(cluster)
      else index.set(key, [cluster])
    }
  }
  return registrant => {
    const found = [...new Set(keysOf(registrant).flatMap(key => index.get(key) ?? []))]
    return {
      registered: found.filter(({ secret }) => isClusterSecret(secret)),
      otherSecrets: found.map(({ secret }) => secret).filter(secret => !isClusterSecret(secret)),
    }
  }
}

/** What a Secret that is there already stands for. */
export const asRegistrant = ({ secret: { metadata }, server, name }: RegisteredCluster): Registrant => ({
  id: metadata.annotations?.[TARGET_ANNOTATION] ?? '',
  server,
  otherServers: [],
  name,
  secretName: metadata.name,
})

const keysOf = ({ id, server, otherServers, name, secretName }: Registrant): string[] => [
  ...(id ? [`id ${id.toLowerCase()}`] : []),
  ...[server, ...otherServers].filter(url => url !== '').map(url => `server ${serverKey(url)}`),
  ...(name ? [`name ${name}`] : []),
  `secret ${secretName}`,
]
