import { createHash } from 'node:crypto'
import { sameResource } from './azure/resource-id.ts'
import type { KubernetesObject } from './kubernetes/cluster.ts'

/** Says who manages an object (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/). */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'

/** Label on every Kubernetes object that the action made. */
export const MANAGED_BY = { [MANAGED_BY_LABEL]: 'argo-aks-onboard' }

/** Annotation: ARM id of the hub on whose behalf an object was made. */
export const HUB_ANNOTATION = 'argo-aks-onboard/hub'

/** Annotation on a cluster Secret: ARM id of the cluster that it registers. */
export const TARGET_ANNOTATION = 'argo-aks-onboard/target'

/** Annotation on a binding in a target: the namespace on the hub of the Argo CD for which it was made. */
export const ARGOCD_ANNOTATION = 'argo-aks-onboard/argocd-namespace'

/** Annotation on a cluster Secret: how the identity was let in, see `grantMark`. */
export const GRANT_ANNOTATION = 'argo-aks-onboard/grant'
/** Annotations on a cluster Secret: the keys of its labels, and of its annotations, that come from inputs. */
export const LABELS_ANNOTATION = 'argo-aks-onboard/labels'
export const ANNOTATIONS_ANNOTATION = 'argo-aks-onboard/annotations'

/** Begins every annotation of the action's own. */
export const OUR_PREFIX = 'argo-aks-onboard/'

/** Tag on Azure resources: ARM id of the hub for which they were made. */
export const HUB_TAG = 'argo-aks-onboard'

/** An annotation that holds an ARM id. One that differs in case alone is right: ARM's ids change theirs from day to day. */
export function idAnnotation(key: string, id: string, live: KubernetesObject | undefined): Record<string, string> {
  const held = live?.metadata.annotations?.[key] ?? ''
  return { [key]: sameResource(held, id) ? held : id }
}

/** Tells whether an object carries our label. */
export const isOurs = (object: { metadata: { labels?: Record<string, string> } }): boolean =>
  object.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY[MANAGED_BY_LABEL]

/** Ten hexadecimal digits that are the same for the same values: what makes our names deterministic. */
export const fingerprint = (...values: string[]): string =>
  createHash('sha256').update(values.join('\n')).digest('hex').slice(0, 10)
