import { expect } from 'vitest'
import { pathOf } from '../../../sandbox/real-control-plane/administrator.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { KubernetesObject } from '../../../sandbox/world.ts'

/** An API server as a program of somebody's finds it, whose name is that of its field manager. */
export interface Api {
  read(object: KubernetesObject): Promise<KubernetesObject>
  /** PUT, as client-go's Update; what it made, or would make. */
  replace(object: KubernetesObject, options?: { dryRun: boolean }): Promise<KubernetesObject>
  /** Server-side apply; without force it may be refused, and then it says with whom it collides. */
  apply(object: KubernetesObject, options: { force: boolean }): Promise<{ conflict?: string }>
}

/** A cluster's API server as its administrator. */
export function apiOf(sandbox: Sandbox, cluster: string, fieldManager: string): Api {
  const ask = async (method: string, object: KubernetesObject, query = '', body?: object, type?: string) => {
    const answer = await sandbox.administer(cluster, method, `${pathOf(object)}${query}`, body, type)
    return { status: answer.status, body: answer.body as KubernetesObject & { message?: string } }
  }
  const named = `?fieldManager=${encodeURIComponent(fieldManager)}`
  return {
    async read(object) {
      const { status, body } = await ask('GET', object)
      expect(status, JSON.stringify(body)).toBe(200)
      return body
    },
    async replace(object, { dryRun } = { dryRun: false }) {
      const { status, body } = await ask('PUT', object, dryRun ? `${named}&dryRun=All` : named, object)
      expect(status, JSON.stringify(body)).toBe(200)
      return body
    },
    async apply(object, { force }) {
      const query = `${named}&force=${force}`
      const { status, body } = await ask('PATCH', object, query, object, 'application/apply-patch+yaml')
      if (status === 409) return { conflict: body.message ?? '' }
      expect(status, JSON.stringify(body)).toBeLessThan(300)
      return {}
    },
  }
}
