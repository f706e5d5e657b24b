import { type Registration, sameServer } from '../argocd/cluster-secret.ts'
import type { ListedCluster } from '../azure/azure.ts'
import type { TargetInputs } from '../inputs.ts'
import type { Endpoint } from '../kubernetes/direct.ts'

/** Where Argo CD finds a target and what it has to expect there; the runner need not come the same way. */
export type Address = Pick<Registration, 'server' | 'certificateAuthority' | 'tlsServerName' | 'proxyUrl'>

/** The address that is published: what Azure reports, but for what the inputs know better. */
export const addressOf = (
  { server, tlsServerName, proxyUrl }: Pick<TargetInputs, 'server' | 'tlsServerName' | 'proxyUrl'>,
  endpoint: Endpoint,
): Address => ({
  server: server ?? endpoint.server,
  certificateAuthority: endpoint.certificateAuthority,
  ...(tlsServerName && { tlsServerName }),
  ...(proxyUrl && { proxyUrl }),
})

/** URLs of the same API server beside the published one: Argo CD may know the cluster by them already. */
export const otherServers = ({ server }: Address, { privateFqdn, publicFqdn }: ListedCluster): string[] =>
  [privateFqdn, publicFqdn]
    .filter(fqdn => fqdn !== undefined)
    .map(fqdn => `https://${fqdn}:443`)
    .filter(other => !sameServer(other, server))
