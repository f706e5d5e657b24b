import { openGate } from './gate.ts'
import type { LoggedRequest } from './sandbox.ts'
import type { SiteOf } from './sites.ts'
import type { AksCluster } from './world.ts'

/** The way out of a pod, and what went through it. */
export interface WayOut {
  /** Variables by which a program finds it, and trusts the public hosts that it leads to. */
  environment: Record<string, string>
  requests: LoggedRequest[]
  close(): Promise<void>
}

/** Opens a way out of a pod into its cluster's network: a gate of its own, so that what pods do is not taken for what the runner does. */
export type OpenWayOut = (cluster: AksCluster) => Promise<WayOut>

/** Ways out to what `siteOf` finds; `rootFile` holds the authority of the public hosts. */
export const waysOut =
  (siteOf: SiteOf, rootFile: string): OpenWayOut =>
  async cluster => {
    const { environment: proxy, requests, close } = await openGate(host => siteOf(host, cluster), {})
    const environment = {
      ...proxy,
      NODE_USE_ENV_PROXY: '1',
      SSL_CERT_FILE: rootFile,
      NODE_EXTRA_CA_CERTS: rootFile,
    }
    return { environment, requests, close }
  }
