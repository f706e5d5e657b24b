import { aksOidc, isIssuerHost } from './aks-oidc/aks-oidc.ts'
import { arm } from './arm/arm.ts'
import { entra, entraHosts } from './entra/entra.ts'
import type { Handler } from './exchange.ts'
import { github, githubHosts } from './github/github.ts'
import { graph, graphHosts } from './graph/graph.ts'
import type { Keyring } from './keyring.ts'
import type { ApiServers } from './sandbox.ts'
import type { Site } from './traffic.ts'
import type { AksCluster, World } from './world.ts'

/** Resource Manager's hosts in the public cloud, Azure Government and Azure China. */
const armHosts = ['management.azure.com', 'management.usgovcloudapi.net', 'management.chinacloudapi.cn']

/** Finds what stands behind a host name, in the world as it is at that moment. */
export function sitesOf(world: World, keyring: Keyring, apiServers: ApiServers): (host: string) => Site | undefined {
  const clusterAt = clustersByHost(world)

  const publicSite = (host: string, handler: Handler): Site => ({
    certificate: () => keyring.hostCertificate(host),
    answer: request => handler(request, world, keyring),
  })
  const apiServer = (cluster: AksCluster): Site => ({
    certificate: () => keyring.serverCertificate(cluster.authority.served, hostsOf(cluster)),
    answer: request => apiServers.answer(cluster, request),
  })

  return host => {
    if (githubHosts.includes(host)) return publicSite(host, github)
    if (entraHosts.includes(host)) return publicSite(host, entra)
    if (armHosts.includes(host)) return publicSite(host, arm)
    if (graphHosts.includes(host)) return publicSite(host, graph)
    const cluster = clusterAt(host)
    if (cluster) return apiServer(cluster)
    return isIssuerHost(host, world) ? publicSite(host, aksOidc) : undefined
  }
}

/** The names that a cluster's API server goes by, and that its certificate holds. */
export const hostsOf = ({ arm }: AksCluster): string[] =>
  [arm.properties.fqdn, arm.properties.privateFQDN].filter(host => host !== undefined)

/** Finds clusters by host name. Worlds change and fleets are large: where a host was found is remembered, and checked the next time. */
function clustersByHost(world: World): (host: string) => AksCluster | undefined {
  const idAt = new Map<string, string>()
  const isAt = (host: string, cluster: AksCluster | undefined) =>
    cluster !== undefined && hostsOf(cluster).includes(host)
  return host => {
    const remembered = world.clusters[idAt.get(host) ?? '']
    if (isAt(host, remembered)) return remembered
    const id = Object.keys(world.clusters).find(id => isAt(host, world.clusters[id]))
    if (id === undefined) return undefined
    idAt.set(host, id)
    return world.clusters[id]
  }
}
