import type { SandboxRequest } from '../../../sandbox/exchange.ts'
import { createKeyring, type Keyring } from '../../../sandbox/keyring.ts'
import { answer } from '../../../sandbox/kubernetes/api.ts'
import { administratorIssuer, aksServerApplication } from '../../../sandbox/kubernetes/authentication.ts'
import { type AksCluster, now, type World } from '../../../sandbox/world.ts'
import { clusterOf, worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { type CallerName, callers } from './callers.ts'
import type { Answer } from './compare.ts'
import { type RealServer, startRealServer } from './real-server.ts'

/** A request as one of the two servers gets it. */
export interface Asked {
  caller: CallerName
  method: string
  path: string
  query: Record<string, string>
  contentType?: string | undefined
  body?: unknown
}

export interface Server {
  ask(asked: Asked): Promise<Answer>
  stop(): Promise<void>
}

const userAgent = 'conformance/1'

/** The embedded API server of one AKS cluster. Rollouts stand still, since nobody rolls out on a bare kube-apiserver. */
export async function embeddedServer(): Promise<Server & { cluster: AksCluster; world: World }> {
  const world = worldOf('conformance', cluster('rg/conformance'))
  const aks = clusterOf(world, 'rg/conformance')
  const keyring = await createKeyring()
  const tokens = new Map<CallerName, string>()
  for (const name of Object.keys(callers) as CallerName[]) tokens.set(name, await tokenFor(name, world, keyring))
  const ask = async (asked: Asked): Promise<Answer> => {
    delete aks.kubernetes.rollouts
    const { status, body } = await answer(sandboxRequest(asked, tokens.get(asked.caller)!), aks, world, keyring)
    return { status, body: typeof body === 'object' ? structuredClone(body) : body }
  }
  return { ask, stop: async () => {}, cluster: aks, world }
}

/** A kube-apiserver. */
export async function realServer(assets: string): Promise<Server & RealServer> {
  const known = Object.entries(callers).map(([token, { name, groups }]) => ({ token, name, uid: '', groups }))
  const server = await startRealServer(assets, known)
  const ask = ({ caller, method, path, query, contentType = 'application/json', body }: Asked): Promise<Answer> =>
    server.send({
      method,
      path: Object.keys(query).length > 0 ? `${path}?${new URLSearchParams(query)}` : path,
      headers: { authorization: `Bearer ${caller}`, 'content-type': contentType, 'user-agent': userAgent },
      body: body === undefined ? '' : JSON.stringify(body),
    })
  return { ...server, ask }
}

function tokenFor(caller: CallerName, world: World, keyring: Keyring): Promise<string> {
  const { name, groups } = callers[caller]
  if (caller === 'admin') return keyring.sign(administratorIssuer, { iss: administratorIssuer, sub: name }, name)
  const issuer = `https://sts.windows.net/${world.tenantId}/`
  const exp = Math.floor(now(world) / 1000) + 24 * 3600
  return keyring.sign(issuer, { iss: issuer, aud: aksServerApplication, oid: name, groups, exp }, name)
}

const sandboxRequest = (asked: Asked, token: string): SandboxRequest => ({
  host: 'conformance',
  method: asked.method,
  path: asked.path,
  query: new URLSearchParams(asked.query),
  headers: {
    authorization: `Bearer ${token}`,
    'content-type': asked.contentType ?? 'application/json',
    'user-agent': userAgent,
  },
  body: asked.body === undefined ? '' : JSON.stringify(asked.body),
})
