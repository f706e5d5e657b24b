import { USE_LABEL } from '../argocd/token-source.ts'
import type { ArgoCdWorkload } from '../argocd/workloads.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { podsOf } from '../kubernetes/rollout-state.ts'
import { HUB_ANNOTATION, idAnnotation, isOurs, MANAGED_BY } from '../mark.ts'
import { type Action, type Later, type Refusal, unchanged } from '../plan.ts'
import { applied, withdrawn } from './kubernetes-object.ts'

/** The identity that a service account stands for, read by the workload-identity webhook. */
export interface Annotated {
  clientId: string | Later
  tenantId: string | Later
}

const CLIENT_ID = 'azure.workload.identity/client-id'
const TENANT_ID = 'azure.workload.identity/tenant-id'

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
  const annotations = { [CLIENT_ID]: identity.clientId, [TENANT_ID]: identity.tenantId } as Record<string, string>
  const { action, refusals } = applied({
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
  const isLabelled = live?.metadata.labels?.[USE_LABEL] !== undefined
  const note = `its label ${USE_LABEL} means nothing: the webhook looks for it on pods`
  return { action: isLabelled ? { ...action, note } : action, refusals }
}

/** The client that an account's pods sign in as by the webhook. */
export const signsInItself = ({ metadata }: KubernetesObject): string | undefined => metadata.annotations?.[CLIENT_ID]

/** An account that Argo CD runs under no more: ours goes, unless others took it up; from another's goes what we said on it. */
export function leftAccount(
  live: KubernetesObject,
  pods: KubernetesObject[],
  workloads: ArgoCdWorkload[],
  needs: string[],
): Action[] {
  const { apiVersion, kind } = live
  const { name, namespace = '' } = live.metadata
  const id = serviceAccountAction(namespace, name)
  if (!isOurs(live)) {
    const object = { apiVersion, kind, metadata: { name, namespace } }
    const { action } = applied({ id, at: 'hub', object, live, ours: false, needs })
    return action.writes.length > 0 ? [action] : []
  }
  const argoCd = workloads.flatMap(({ object }) => podsOf(object, pods))
  const others = pods.filter(pod => pod.spec.serviceAccountName === name && !argoCd.includes(pod))
  if (others.length > 0)
    return [unchanged(id, {}, `left, since pod ${others.map(pod => pod.metadata.name).join(', pod ')} runs under it`)]
  return [withdrawn(id, 'hub', live, needs)]
}

/** Names the action in other actions' `needs`. */
export const serviceAccountAction = (namespace: string, name: string): string => `ServiceAccount ${namespace}/${name}`
