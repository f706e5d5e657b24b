import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { threeWayMerge } from '../../sandbox/kubernetes/three-way-merge.ts'
import type { KubernetesObject } from '../../sandbox/world.ts'

const folder = join(import.meta.dirname, '../../../shared/fixtures/argocd')

/** Whether there are installations to look at: they are other projects' manifests, and lie beside this one. */
export const isThere = existsSync(folder)

/** Every installation: Argo CD's manifests, its chart and the operator's work, as each of them renders it. */
export const all: string[] = globSync(['manifests/*/*.yaml', 'helm/[0-9]*/*.yaml', 'operator/derived-*.yaml'], {
  cwd: folder,
}).map(file => file.replaceAll('\\', '/'))

/** Roles and their bindings are left out: nobody looks at them, and installations that share a cluster would share those of the cluster. */
export const installedKinds = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
]

/** What an installation brings onto a cluster, as far as the action has to do with it. */
export function objectsOf(file: string): KubernetesObject[] {
  const objects = parsed(file).filter(({ kind }) => installedKinds.some(each => each.kind === kind))
  const whole = objects.map(object => (isPatch(object) ? scaledDown(object) : object))
  return [...whole, ...accountsMissingIn(whole)]
}

/** Values that an installation of the chart was rendered with. */
export const valuesOf = (name: string) => parse(readFileSync(join(folder, `helm/values/${name}.yaml`), 'utf8'))

/** The ArgoCD resource that makes a token source permanent. */
export const resourceOf = (tokenSource: string) =>
  parse(readFileSync(join(folder, `operator/argocd-cr-wi-${tokenSource}.yaml`), 'utf8'))

const read = new Map<string, KubernetesObject[]>()

/** The documents of a file, which is read once. */
function parsed(file: string): KubernetesObject[] {
  const known = read.get(file)
  if (known) return known
  const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'))
  const objects = documents
    .map(document => document.toJS() as KubernetesObject | null)
    .filter(object => object !== null)
  read.set(file, objects)
  return objects
}

/** Accounts that the installation is told to use, and somebody else has to make. */
function accountsMissingIn(objects: KubernetesObject[]): KubernetesObject[] {
  const there = objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name)
  const used = objects.flatMap(object => templateOf(object)?.spec.serviceAccountName ?? [])
  return [...new Set(used)]
    .filter(name => !there.includes(name))
    .map(name => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }))
}

/** The overlay for dynamic distribution holds the StatefulSet as a patch, without selector and image. */
const isPatch = (object: KubernetesObject): boolean =>
  templateOf(object) !== undefined && (object.spec as { selector?: object }).selector === undefined

/** The StatefulSet that an earlier installation left, with the patch on it: it runs nothing any more. */
function scaledDown(patch: KubernetesObject): KubernetesObject {
  const earlier = parsed('manifests/v3.5.1/install.yaml').find(({ kind }) => kind === patch.kind)!
  return threeWayMerge(patch, patch, earlier)
}

/** A workload's pod template, as far as tests look into it. */
export interface Template {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> }
  spec: {
    serviceAccountName?: string
    containers: {
      name: string
      image: string
      command?: string[]
      args?: string[]
      env?: { name: string; value?: string }[]
      volumeMounts?: { name: string; mountPath: string }[]
    }[]
    volumes?: { name: string; projected?: object }[]
  }
}

export const templateOf = ({ spec }: KubernetesObject): Template | undefined =>
  (spec as { template?: Template } | undefined)?.template
