import { aksOidc, isIssuerHost } from './aks-oidc/aks-oidc.ts'
import { arm } from './arm/arm.ts'
import { armHosts } from './arm/hosts.ts'
import { entra, entraHosts } from './entra/entra.ts'
import type { Handler } from './exchange.ts'
import { github, githubHosts } from './github/github.ts'
import { graph, graphHosts } from './graph/graph.ts'
import type { Keyring } from './keyring.ts'
import { type Exec, isExec } from './kubelet/exec.ts'
import { identityEndpoint, machineHost } from './machine/identity-endpoint.ts'
import type { RunInPod } from './run-command/command-pod.ts'
import type { ApiServers } from './sandbox.ts'
import type { Site } from './traffic.ts'
import type { AksCluster, World } from './world.ts'

/** Finds what stands behind a host name, as the pods of a cluster see it, or as the runner does where no cluster is named. */
export type SiteOf = (host: string, from?: AksCluster) => Site | undefined

/** Finds sites in the world as it is at that moment. `runInPod` and `exec` run what ARM and API servers are told to run in clusters. */
export function sitesOf(
  world: World,
  keyring: Keyring,
  apiServers: ApiServers,
  runInPod: RunInPod,
  exec: Exec,
): SiteOf {
  const clusterAt = clustersByHost(world)

  const publicSite = (host: string, handler: Handler): Site => ({
    certificate: () => keyring.hostCertificate(host),
    answer: request => handler(request, world, keyring),
  })
  /** What looks into connections from outside of a cluster is not met by its own pods. */
  const apiServer = (cluster: AksCluster, from: AksCluster | undefined): Site => {
    const { served, reported } = cluster.authority
    const authority = from?.arm.id === cluster.arm.id ? reported : served
    return {
      obstacle: from ? undefined : cluster.closedToRunner,
      certificate: () => keyring.serverCertificate(authority, hostsOf(cluster)),
      answer: request => (isExec(request) ? exec(cluster, request) : apiServers.answer(cluster, request)),
    }
  }

  const siteOf: SiteOf = (host, from) => {
    if (githubHosts.includes(host)) return publicSite(host, github)
    if (entraHosts.includes(host)) return publicSite(host, entra)
    if (armHosts.includes(host)) return publicSite(host, (...asked) => arm(...asked, runInPod))
    if (graphHosts.includes(host)) return publicSite(host, graph)
    if (host === machineHost) return world.machine && !from ? publicSite(host, identityEndpoint) : undefined
    const cluster = clusterAt(host)
    if (cluster) return apiServer(cluster, from)
    return isIssuerHost(host, world) ? publicSite(host, aksOidc) : undefined
  }
  return (host, from) => {
    const site = siteOf(host, from)
    const obstacle = from?.closedToPods?.[host]
    return site && obstacle ? { ...site, obstacle } : site
  }
}

/** The hosts of a world that anybody may reach: all but its API servers. */
export const publicHosts = ({ clusters }: World): string[] => {
  const issuers = Object.values(clusters).map(({ issuerUrl }) => new URL(issuerUrl).host)
  return [...githubHosts, ...entraHosts, ...armHosts, ...graphHosts, ...new Set(issuers)]
}

/** The names that a cluster's API server goes by, and that its certificate holds. */
export const hostsOf = ({ arm }: AksCluster): string[] =>
  [arm.properties.fqdn, arm.properties.privateFQDN].filter(host => host !== undefined)

/** All names that lead to a cluster's API server. */
export const namesOf = (cluster: AksCluster): string[] => [...hostsOf(cluster), ...(cluster.alsoKnownAs ?? [])]

/** Finds clusters by host name. Worlds change and fleets are large: where a host was found is remembered, and checked the next time. */
function clustersByHost(world: World): (host: string) => AksCluster | undefined {
  const idAt = new Map<string, string>()
  const isAt = (host: string, cluster: AksCluster | undefined) =>
    cluster !== undefined && namesOf(cluster).includes(host)
  return host => {
    const remembered = world.clusters[idAt.get(host) ?? '']
    if (isAt(host, remembered)) return remembered
    const id = Object.keys(world.clusters).find(id => isAt(host, world.clusters[id]))
    if (id === undefined) return undefined
    idAt.set(host, id)
    return world.clusters[id]
  }
}
