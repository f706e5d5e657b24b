import { expect } from 'vitest'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/** An object as somebody edits it. */
// biome-ignore lint/suspicious/noExplicitAny: people edit whatever fields they like
export type Editable = any

/** Reads an object of a cluster as its administrator. */
export async function read(sandbox: Sandbox, cluster: string, path: string): Promise<Editable> {
  const { status, body } = await sandbox.administer(cluster, 'GET', path)
  expect(status, `${path} is there`).toBe(200)
  return asJson(body)
}

/** Changes an object as somebody's `kubectl edit` does: it is put back as a whole, and what differs belongs to that field manager. */
export async function edit(
  sandbox: Sandbox,
  cluster: string,
  path: string,
  change: (object: Editable) => void,
): Promise<void> {
  const object = structuredClone(await read(sandbox, cluster, path))
  change(object)
  const { status, body } = await sandbox.administer(cluster, 'PUT', `${path}?fieldManager=kubectl-edit`, object)
  expect(status, JSON.stringify(body)).toBe(200)
}

/** Deletes an object as somebody's `kubectl delete` does. */
export async function remove(sandbox: Sandbox, cluster: string, path: string): Promise<void> {
  expect(await sandbox.administer(cluster, 'DELETE', path)).toMatchObject({ status: 200 })
}

/** Deletes an object and makes it anew, changed: the way around fields that cannot be edited. */
export async function recreate(
  sandbox: Sandbox,
  cluster: string,
  path: string,
  change: (object: Editable) => void,
): Promise<void> {
  const object = structuredClone(await read(sandbox, cluster, path))
  for (const field of ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields']) delete object.metadata[field]
  change(object)
  await remove(sandbox, cluster, path)
  const collection = path.slice(0, path.lastIndexOf('/'))
  const { status, body } = await sandbox.administer(
    cluster,
    'POST',
    `${collection}?fieldManager=kubectl-create`,
    object,
  )
  expect(status, JSON.stringify(body)).toBe(201)
}

const asJson = (body: unknown): Editable => (typeof body === 'string' ? JSON.parse(body) : body)
