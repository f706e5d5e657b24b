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
  env?: { name: string; value?: string }[]
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
 * upstream says `argocd-server`, the Helm chart `server`. A workload scaled to nothing (the StatefulSet beside a dynamically
 * distributed controller) runs nothing and is left out.
 */
export function findWorkloads(objects: KubernetesObject[]): ArgoCdWorkload[] {
  return objects
    .filter(object => object.spec.replicas !== 0)
    .flatMap(object => {
      const { containers, serviceAccountName = 'default' } = object.spec.template.spec
      return (containers as Container[]).flatMap(container => {
        const component = componentOf(container)
        return component ? [{ component, object, container, serviceAccount: serviceAccountName }] : []
      })
    })
}

/** `StatefulSet argocd-application-controller`. */
export const title = ({ object }: ArgoCdWorkload): string => `${object.kind} ${object.metadata.name}`

/** The component that a container runs, if it is one of the two. */
export const componentOf = (container: Container): Component | undefined =>
  COMPONENTS.find(name => name === programOf(container))

const programOf = ({ command = [], args = [] }: Container): string => basename([...command, ...args][0] ?? '')
