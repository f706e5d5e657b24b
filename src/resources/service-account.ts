import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { HUB_ANNOTATION, idAnnotation, isOurs, MANAGED_BY } from '../mark.ts'
import type { Action, Later, Refusal } from '../plan.ts'
import { applied } from './kubernetes-object.ts'

/** The identity that a service account stands for, read by the workload-identity webhook. */
export interface Annotated {
  clientId: string | Later
  tenantId: string | Later
}

/**
 * The dedicated account of Argo CD's two workloads. One that another tool made is shared: it gets the annotations, not our mark.
 * https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html
 */
export function serviceAccount(
  namespace: string,
  name: string,
  identity: Annotated,
  hub: string,
  live: KubernetesObject | undefined,
  needs: string[],
): { action: Action; refusals: Refusal[] } {
  const ours = !live || isOurs(live)
  const annotations = {
    'azure.workload.identity/client-id': identity.clientId,
    'azure.workload.identity/tenant-id': identity.tenantId,
  } as Record<string, string>
  return applied({
    id: serviceAccountAction(namespace, name),
    at: 'hub',
    object: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name,
        namespace,
        ...(ours ? { labels: MANAGED_BY } : {}),
        annotations: ours ? { ...annotations, ...idAnnotation(HUB_ANNOTATION, hub, live) } : annotations,
      },
    },
    live,
    ours,
    needs,
  })
}

/** Names the action in other actions' `needs`. */
export const serviceAccountAction = (namespace: string, name: string): string => `ServiceAccount ${namespace}/${name}`
