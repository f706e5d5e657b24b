import { basename } from 'node:path/posix'
import type { KubernetesObject } from '../kubernetes/cluster.ts'

/** The two parts of Argo CD that connect to clusters; all others never do. */
export const COMPONENTS = ['argocd-server', 'argocd-application-controller'] as const
export type Component = (typeof COMPONENTS)[number]

/** A workload that runs one of them, with the container that does. */
export interface ArgoCdWorkload {
  component: Component
  object: KubernetesObject
  container: Container
  serviceAccount: string
}

export interface Container {
  name: string
  image?: string
  command?: string[]
  args?: string[]
  env?: { name: string; value?: string; valueFrom?: object }[]
  volumeMounts?: VolumeMount[]
}

export interface VolumeMount {
  name: string
  mountPath: string
  readOnly?: boolean
}

export interface Volume {
  name: string
  projected?: {
    defaultMode?: number
    sources?: { serviceAccountToken?: { audience?: string; expirationSeconds?: number; path: string } }[]
  }
}

/**
 * Finds Argo CD's workloads by what their containers run, since installers choose the names of workloads and containers:
 * upstream says `argocd-server`, the Helm chart `server`. One that sleeps, with no replicas for now, is one of them: its pods will need
 * their token when it wakes up. Beside another of its component that is awake it runs nothing and never will: an installation that is
 * on its way out, or the StatefulSet that upstream ships beside a dynamically distributed controller
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/dynamic-cluster-distribution/).
 */
export function findWorkloads(objects: KubernetesObject[]): ArgoCdWorkload[] {
  const all = objects.flatMap(object => {
    const { containers = [], serviceAccountName = 'default' } = object.spec.template.spec
    return (containers as Container[]).flatMap(container => {
      const component = componentOf(container)
      return component ? [{ component, object, container, serviceAccount: serviceAccountName }] : []
    })
  })
  return all.filter(found => !isAsleep(found) || !all.some(other => takesItsPlace(other, found)))
}

/** Scaled to nothing. */
export const isAsleep = ({ object }: ArgoCdWorkload): boolean => object.spec.replicas === 0

/** Of two controllers asleep the Deployment is the one that will wake up: dynamic distribution wants no StatefulSet. */
const takesItsPlace = (other: ArgoCdWorkload, found: ArgoCdWorkload): boolean =>
  other !== found &&
  other.component === found.component &&
  (!isAsleep(other) || (other.object.kind === 'Deployment' && found.object.kind === 'StatefulSet'))

/**
 * Which installation a workload belongs to, as its installer labels it: the release of the Helm chart, the resource of the operator, the
 * Application of an Argo CD that installs itself. Without labels, as upstream's manifests are, all are one.
 */
export function installationOf({ object }: ArgoCdWorkload): string {
  const labels = object.metadata.labels ?? {}
  return ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by'].map(key => labels[key] ?? '').join('/')
}

/** `StatefulSet argocd-application-controller`. */
export const title = ({ object }: ArgoCdWorkload): string => `${object.kind} ${object.metadata.name}`

/** The component that a container runs, if it is one of the two. */
export const componentOf = (container: Container): Component | undefined =>
  COMPONENTS.find(name => name === programOf(container))

const programOf = ({ command = [], args = [] }: Container): string => basename([...command, ...args][0] ?? '')
