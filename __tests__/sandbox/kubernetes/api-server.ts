import { expect } from 'vitest'
import { administratorToken } from '../../../sandbox/administrator.ts'
import { createKeyring } from '../../../sandbox/keyring.ts'
import { answer } from '../../../sandbox/kubernetes/api.ts'
import { aksServerApplication } from '../../../sandbox/kubernetes/authentication.ts'
import { resourceOf } from '../../../sandbox/kubernetes/resources.ts'
import { type AksCluster, type KubernetesObject, now, type World } from '../../../sandbox/world.ts'
import { clusterOf, worldOf } from '../../../sandbox/worlds/builder.ts'
import { cluster } from '../../../sandbox/worlds/clusters.ts'
import { namespace } from './objects.ts'

export interface Reply {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever fields they expect
  body: any
  write: boolean
}

/**
 * Asks for `METHOD path?query`. A word for each kind of patch stands for its method and media type: APPLY (server-side), MERGE, JSON-PATCH,
 * STRATEGIC. A body that is text is sent as it is.
 */
export type Ask = (line: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>

/** The embedded API server of a cluster that has namespaces `one` and `two`. */
export interface ApiServer {
  world: World
  cluster: AksCluster
  /** As a member of system:masters. */
  ask: Ask
  /** As an Entra user. */
  as(user: string, ...groups: string[]): Ask
  /** With this token, or none. */
  withToken(token: string | undefined): Ask
  /** Makes objects as an administrator; each has to be taken. */
  make(...objects: object[]): Promise<void>
}

const patches: Record<string, string> = {
  APPLY: 'application/apply-patch+yaml',
  MERGE: 'application/merge-patch+json',
  'JSON-PATCH': 'application/json-patch+json',
  STRATEGIC: 'application/strategic-merge-patch+json',
}

const keyring = await createKeyring()

/** A new API server. */
export async function apiServer(): Promise<ApiServer> {
  const world = worldOf('kubernetes', cluster('rg/aks'))
  const aks = clusterOf(world, 'rg/aks')

  const withToken = (token: Promise<string> | string | undefined): Ask => {
    return async (line, body, headers = {}) => {
      const [verb = '', target = ''] = line.split(' ')
      const [path = '', query] = target.split('?')
      const request = {
        host: 'aks',
        method: patches[verb] ? 'PATCH' : verb,
        path,
        query: new URLSearchParams(query),
        headers: {
          ...(token && { authorization: `Bearer ${await token}` }),
          ...{ 'content-type': patches[verb] ?? 'application/json', 'user-agent': 'test/1', ...headers },
        },
        body: typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body),
      }
      const { status, body: answered, write = false } = await answer(request, aks, world, keyring)
      return { status, body: answered, write }
    }
  }
  const entraToken = (oid: string, groups: string[]) => {
    const iss = `https://sts.windows.net/${world.tenantId}/`
    const exp = Math.floor(now(world) / 1000) + 24 * 3600
    return keyring.sign(iss, { iss, aud: aksServerApplication, oid, groups, exp }, oid)
  }

  const ask = withToken(administratorToken(keyring))
  const make = async (...objects: object[]) => {
    for (const object of objects as KubernetesObject[]) {
      const { status, body } = await ask(`POST ${collectionOf(object)}`, object)
      expect(status, JSON.stringify(body)).toBe(201)
    }
  }
  await make(namespace('one'), namespace('two'))
  return { world, cluster: aks, ask, as: (user, ...groups) => withToken(entraToken(user, groups)), withToken, make }
}

/** The path under which objects of its kind are, in its namespace. */
export function collectionOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const { plural, namespaced } = resourceOf({ apiVersion, kind })!
  const root = apiVersion.includes('/') ? '/apis' : '/api'
  return [root, apiVersion, ...(namespaced ? ['namespaces', metadata.namespace] : []), plural].join('/')
}
