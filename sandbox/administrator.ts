import type { SandboxResponse } from './exchange.ts'
import type { Keyring } from './keyring.ts'
import { administratorIssuer } from './kubernetes/authentication.ts'
import type { ApiServers } from './sandbox.ts'
import { hostsOf } from './sites.ts'
import type { AksCluster } from './world.ts'

/** Sends a request to a cluster's API server as its administrator, past the gate and its log; `target` is a path with its query. */
export type Administer = (
  cluster: AksCluster,
  method: string,
  target: string,
  body?: object,
  contentType?: string,
) => Promise<SandboxResponse>

/** The administrator of every cluster. */
export const administratorOf =
  (apiServers: ApiServers, keyring: Keyring): Administer =>
  async (cluster, method, target, body, contentType = 'application/json') => {
    const [path = '', query] = target.split('?')
    const headers = { authorization: `Bearer ${await administratorToken(keyring)}`, 'content-type': contentType }
    return apiServers.answer(cluster, {
      host: hostsOf(cluster)[0] ?? '',
      method,
      path,
      query: new URLSearchParams(query),
      headers: { accept: 'application/json', ...headers },
      body: body ? JSON.stringify(body) : '',
    })
  }

/** A bearer token that every API server of the sandbox takes for a member of system:masters. */
export const administratorToken = (keyring: Keyring): Promise<string> =>
  keyring.sign(administratorIssuer, { iss: administratorIssuer, sub: 'sandbox' }, 'administrator token')
