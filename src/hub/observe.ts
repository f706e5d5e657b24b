import { type ArgoCdWorkload, findWorkloads } from '../argocd/workloads.ts'
import type { Azure, FederatedCredential, ManagedCluster, ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import { identityFor, readIdentity } from '../identity.ts'
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
import type { Connect } from '../kubernetes/connect.ts'
import { rightsToApply } from '../resources/kubernetes-object.ts'
import { rightsToGrant } from '../resources/role-binding.ts'
import { podsWithoutToken } from '../resources/workload.ts'
import type { Consequences } from './consequences.ts'

/** All that mode hub looks at. */
export interface HubObservation {
  cluster: ManagedCluster
  identity: ManagedIdentity | undefined
  credentials: FederatedCredential[]
  kubernetes: Cluster
  workloads: ArgoCdWorkload[]
  pods: KubernetesObject[]
  /** The dedicated account and the bindings that could hold it: read in the seed's layout alone. */
  serviceAccount: KubernetesObject | undefined
  clusterRoleBindings: KubernetesObject[]
  /** What the plan means for others, once there is one. */
  consequences?: Consequences
}

/** Reads Azure in one wave and the cluster in another; the API server's address is known only after the first. */
export async function observeHub(
  inputs: HubInputs,
  azure: Azure,
  connect: Connect,
  { exchangeAudience }: Cloud,
): Promise<HubObservation> {
  const { hubCluster, identity: identityId, argocdNamespace: namespace, serviceAccount } = inputs
  const [{ cluster, kubernetes }, read, credentials] = await Promise.all([
    connect.hub(hubCluster, inputs.hubAccess),
    readIdentity(inputs, azure),
    inputs.identityIds ? [] : azure.federatedCredentials(identityId),
  ])
  const dedicated = serviceAccount && {
    accounts: { kind: ServiceAccount, namespace, name: serviceAccount.name },
    bindings: { kind: ClusterRoleBinding },
  }
  const objects = await kubernetes.read(
    {
      deployments: { kind: Deployment, namespace },
      statefulSets: { kind: StatefulSet, namespace },
      pods: { kind: Pod, namespace },
      ...dedicated,
    },
    { questions: foreseenRights(inputs) },
  )
  const workloads = findWorkloads([...objects.deployments, ...objects.statefulSets])
  if (workloads.length === 0) throw noArgoCd(inputs, [...objects.deployments, ...objects.statefulSets])
  // Read beside the workloads, pods may be older than a rollout which has ended since: those in question are looked at again.
  const isDoubtful = workloads.some(found => podsWithoutToken(found, objects.pods, exchangeAudience).length > 0)
  const { pods } = isDoubtful ? await kubernetes.read({ pods: { kind: Pod, namespace } }) : objects
  return {
    cluster,
    identity: identityFor(inputs, read, cluster),
    credentials,
    kubernetes,
    workloads,
    pods,
    serviceAccount: 'accounts' in objects ? objects.accounts?.[0] : undefined,
    clusterRoleBindings: 'bindings' in objects ? (objects.bindings ?? []) : [],
  }
}

/** What the plan may turn out to need on the hub. */
const foreseenRights = ({ argocdNamespace: namespace, serviceAccount }: HubInputs): ResourceAttributes[] => [
  ...rightsToApply(Deployment, namespace),
  ...rightsToApply(StatefulSet, namespace),
  ...(serviceAccount ? [...rightsToApply(ServiceAccount, namespace), ...rightsToGrant(serviceAccount)] : []),
]

function noArgoCd({ hubCluster, argocdNamespace }: HubInputs, seen: KubernetesObject[]): Failure {
  const names = seen.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ') || 'no workload at all'
  return new Failure({
    what: `No Argo CD was found in namespace ${argocdNamespace} of ${hubCluster.name}`,
    why: `no container there runs argocd-server or argocd-application-controller; there is ${names}`,
    remedy: 'Install Argo CD first, or name its namespace with the input argocd-namespace',
  })
}
