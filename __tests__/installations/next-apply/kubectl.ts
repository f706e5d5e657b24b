import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { kubeconfigOf } from '../../../sandbox/kubeconfig.ts'
import { threeWayMerge } from '../../../sandbox/kubernetes/three-way-merge.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { KubernetesObject } from '../../../sandbox/world.ts'
import { kubectlApply, lastApplied, remembered } from '../../../sandbox/worlds/kubectl.ts'
import { type Api, apiOf } from './api.ts'

/** What somebody runs: `kubectl apply` is the three-way merge of old, `kubectl apply --server-side --force-conflicts` what Argo CD asks for since v3.3. */
export type Command = 'apply' | 'apply --server-side --force-conflicts'

/** The real kubectl where there is one, else the requests that it would send. */
export async function kubectl(sandbox: Sandbox, cluster: string, command: Command, objects: KubernetesObject[]) {
  const { KUBEBUILDER_ASSETS: assets } = process.env
  const api = apiOf(sandbox, cluster, command === 'apply' ? kubectlApply.manager : 'kubectl')
  if (assets)
    return held(api, command, objects, () => real(join(assets, 'kubectl'), sandbox, cluster, command, objects))
  for (const object of objects) {
    if (command === 'apply') await clientSideApply(api, object)
    else await api.apply(object, { force: true })
  }
}

/** The requests of a client-side apply, in short: what it makes of the live object is put back as a whole. */
export const clientSideApply = async (api: Api, object: KubernetesObject): Promise<void> =>
  void (await api.replace(merged(object, await api.read(object))))

const merged = (object: KubernetesObject, live: KubernetesObject): KubernetesObject =>
  lastApplied(withoutNote(object), threeWayMerge(remembered(live), withoutNote(object), live))

/** Runs the real one, and holds what takes its place elsewhere to what it made. */
async function held(api: Api, command: Command, objects: KubernetesObject[], act: () => Promise<void>): Promise<void> {
  if (command !== 'apply') return act()
  const expected = objects.map(async object => api.replace(merged(object, await api.read(object)), { dryRun: true }))
  await Promise.all(expected)
  await act()
  const made = await Promise.all(objects.map(api.read))
  expect(made.map(content)).toEqual((await Promise.all(expected)).map(content))
}

/** An object without what every write changes. */
function content({ status: _, ...object }: KubernetesObject): object {
  const { managedFields: __, resourceVersion: ___, generation: ____, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** The annotation in which kubectl remembers is no part of what it is given. As kubectl does, this says of every object that it has annotations. */
function withoutNote({ metadata, ...object }: KubernetesObject): KubernetesObject {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = metadata.annotations ?? {}
  return { ...object, metadata: { ...metadata, annotations } } as KubernetesObject
}

async function real(
  program: string,
  sandbox: Sandbox,
  cluster: string,
  command: Command,
  objects: KubernetesObject[],
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-kubectl-'))
  try {
    const [kubeconfig, manifests] = [join(home, 'kubeconfig'), join(home, 'manifests.json')]
    await writeFile(kubeconfig, await kubeconfigOf(sandbox))
    const items = objects.map(withoutNote)
    await writeFile(manifests, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    const context = cluster.split('/')[1]!
    const args = [...command.split(' '), '--context', context, '--kubeconfig', kubeconfig, '--filename', manifests]
    await promisify(execFile)(program, args, { env: { HOME: home } })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
