import { type ArgoCdWorkload, findWorkloads } from '../argocd/workloads.ts'
import type { FederatedCredential, ManagedCluster } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import type { HubInputs } from '../inputs.ts'
import {
  type Cluster,
  ClusterRoleBinding,
  Deployment,
  type KubernetesObject,
  Pod,
  type ResourceAttributes,
  ServiceAccount,
  StatefulSet,
} from '../kubernetes/cluster.ts'
import { KubernetesError } from '../kubernetes/errors.ts'
import { rightsToApply } from '../resources/kubernetes-object.ts'
import { rightsToGrant } from '../resources/role-binding.ts'
import { podsWithoutToken } from '../resources/workload.ts'
import { accountsOutOfUse, tokenWanted } from './plan-argo-cd.ts'

/** What mode hub looks at within the cluster. */
export interface ArgoCdObservation {
  workloads: ArgoCdWorkload[]
  pods: KubernetesObject[]
  /** The namespace's accounts, and the bindings that could hold them: read where one is dedicated to Argo CD, or was. */
  serviceAccounts: KubernetesObject[] | undefined
  clusterRoleBindings: KubernetesObject[]
}

/** Reads the cluster, in one wave where nothing is in doubt. */
export async function observeArgoCd(
  inputs: HubInputs,
  kubernetes: Cluster,
  cluster: ManagedCluster,
  credentials: FederatedCredential[],
  cloud: Cloud,
): Promise<ArgoCdObservation> {
  const { argocdNamespace: namespace, serviceAccount } = inputs
  const accounts = { accounts: { kind: ServiceAccount, namespace }, bindings: { kind: ClusterRoleBinding } }
  const first = await kubernetes.read(
    {
      deployments: { kind: Deployment, namespace },
      statefulSets: { kind: StatefulSet, namespace },
      pods: { kind: Pod, namespace },
      ...(serviceAccount ? accounts : {}),
    },
    { questions: foreseenRights(inputs) },
  )
  const workloads = findWorkloads([...first.deployments, ...first.statefulSets])
  if (workloads.length === 0) throw await noArgoCd(inputs, kubernetes, [...first.deployments, ...first.statefulSets])
  // Read beside the workloads, pods may be older than a rollout which has ended since: those in question are looked at again.
  const wanted = tokenWanted(inputs, cluster, cloud)
  const isDoubtful = workloads.some(found => podsWithoutToken(found, first.pods, wanted).length > 0)
  const isLeftOver = accountsOutOfUse(inputs, workloads, cluster.issuerUrl, credentials).length > 0
  const [pods, left] = await Promise.all([
    isDoubtful ? kubernetes.read({ pods: { kind: Pod, namespace } }) : first,
    isLeftOver && !serviceAccount ? kubernetes.read(accounts).catch(mayNotLook) : first,
  ])
  return {
    workloads,
    pods: pods.pods,
    serviceAccounts: 'accounts' in left ? left.accounts : undefined,
    clusterRoleBindings: ('bindings' in left && left.bindings) || [],
  }
}

/** A layout that is left behind is tidied up by those who may; for all others the run goes on without. */
function mayNotLook(error: unknown): Record<string, never> {
  if (error instanceof KubernetesError && error.status === 403) return {}
  throw error
}

/** What the plan may turn out to need on the hub. */
const foreseenRights = ({ argocdNamespace: namespace, serviceAccount }: HubInputs): ResourceAttributes[] => [
  ...rightsToApply(Deployment, namespace),
  ...rightsToApply(StatefulSet, namespace),
  ...(serviceAccount ? [...rightsToApply(ServiceAccount, namespace), ...rightsToGrant(serviceAccount)] : []),
]

async function noArgoCd(inputs: HubInputs, kubernetes: Cluster, seen: KubernetesObject[]): Promise<Failure> {
  const { hubCluster, argocdNamespace } = inputs
  const names = seen.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ') || 'no workload at all'
  const elsewhere = await namespacesWithArgoCd(kubernetes)
  const [first] = elsewhere
  return new Failure({
    what: `No Argo CD was found in namespace ${argocdNamespace} of ${hubCluster.name}`,
    why:
      'no container of a Deployment or StatefulSet there runs argocd-server or argocd-application-controller; ' +
      `there is ${names}${first ? `, and an Argo CD in namespace ${elsewhere.join(', in namespace ')}` : ''}`,
    remedy: first
      ? `Set argocd-namespace: ${first}, if that is the one`
      : 'Install Argo CD first, or name its namespace with the input argocd-namespace',
  })
}

/** Looked for only where there is none in the namespace that was named; a caller who may not look there learns no more. */
async function namespacesWithArgoCd(kubernetes: Cluster): Promise<string[]> {
  const all = await kubernetes
    .read({ deployments: { kind: Deployment }, statefulSets: { kind: StatefulSet } })
    .catch(() => ({ deployments: [], statefulSets: [] }))
  const found = findWorkloads([...all.deployments, ...all.statefulSets])
  return [...new Set(found.map(({ object }) => object.metadata.namespace ?? ''))].sort()
}
