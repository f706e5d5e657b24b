import { administratorToken } from '../administrator.ts'
import type { SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { type Resource, resourceOf } from '../kubernetes/resources.ts'
import type { KubernetesObject } from '../world.ts'
import type { Connection } from './connection.ts'

/** Reads and writes a real API server's objects as a member of system:masters: the hand of all that the sandbox does there. */
export interface Administrator {
  /** Sends a request and returns the answer, whatever it is; an object is sent as JSON. */
  ask(method: string, target: string, body?: object, contentType?: string): Promise<SandboxResponse>
  /** The same where only one answer will do, and it holds an object. Throws for any other. */
  demand(method: string, target: string, body?: object, contentType?: string): Promise<KubernetesObject>
  /** The object at a path, if there is one. */
  read(path: string): Promise<KubernetesObject | undefined>
  /** Every object of a kind, of all namespaces where none is named. */
  list(resource: Resource, namespace?: string): Promise<KubernetesObject[]>
}

/** The administrator of the API server at the other end of a connection. */
export async function administratorAt(connection: Connection, keyring: Keyring): Promise<Administrator> {
  const token = await administratorToken(keyring)

  const ask: Administrator['ask'] = (method, target, body, contentType = 'application/json') => {
    const [path = '', query] = target.split('?')
    return connection.send({
      method,
      path,
      query: new URLSearchParams(query),
      headers: {
        authorization: `Bearer ${token}`,
        'user-agent': 'sandbox-controllers',
        ...(body && { 'content-type': contentType }),
      },
      body: body ? JSON.stringify(body) : '',
    })
  }
  const demand: Administrator['demand'] = async (method, target, body, contentType) => {
    const answer = await ask(method, target, body, contentType)
    if (answer.status < 300) return answer.body as KubernetesObject
    throw new Error(`${method} ${target} was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  }
  return {
    ask,
    demand,
    read: async path => {
      const { status, body } = await ask('GET', path)
      return status === 200 ? (body as KubernetesObject) : undefined
    },
    list: async (resource, namespace = '') => {
      const { items } = (await demand('GET', collection(resource, namespace))) as unknown as {
        items: KubernetesObject[]
      }
      return items.map(item => ({ ...item, apiVersion: resource.apiVersion, kind: resource.kind }))
    },
  }
}

/** Path of the objects of a kind, of all namespaces where none is named. */
export function collection({ apiVersion, plural }: Resource, namespace = ''): string {
  const version = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespace ? `${version}/namespaces/${namespace}/${plural}` : `${version}/${plural}`
}

/** Path of an object. Throws for a kind that the sandbox does not know. */
export function pathOf(object: KubernetesObject): string {
  const resource = resourceOf(object)
  if (!resource) throw new Error(`the sandbox does not know ${object.apiVersion} ${object.kind}`)
  return `${collection(resource, object.metadata.namespace)}/${object.metadata.name}`
}
