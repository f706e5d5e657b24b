import type { Installer } from '../argocd/installers/installer.ts'
import type { Component, Container, Volume } from '../argocd/workloads.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'

/** What one workload of Argo CD needs, whoever says it. */
export interface Piece {
  component: Component
  object: KubernetesObject
  installer: Installer
  needs: PodNeeds
}

/** What is added to the pods, and the account that takes the place of their own. */
export interface PodNeeds {
  labels: Record<string, string>
  serviceAccount: string | undefined
  container: Pick<Container, 'name' | 'env' | 'volumeMounts'>
  volumes: Volume[]
}

/** The name that the chart of Argo CD and the ArgoCD resource have for a component. */
export const keyOf = (component: Component): 'server' | 'controller' =>
  component === 'argocd-server' ? 'server' : 'controller'

/** Only what holds something. */
export const filled = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && Object.keys(value as object).length > 0),
  )
