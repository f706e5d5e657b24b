import { isClusterSecret, type RegisteredCluster, registeredCluster, secretNameOf } from '../argocd/cluster-secret.ts'
import { podHasToken } from '../argocd/token-source.ts'
import { componentOf } from '../argocd/workloads.ts'
import type { Azure, ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import type { TargetInputs } from '../inputs.ts'
import { ClusterRoleBinding, type KubernetesObject, Pod, Secret } from '../kubernetes/cluster.ts'
import type { Connect, Connection } from '../kubernetes/connect.ts'
import { isAlive } from '../kubernetes/rollout.ts'
import { rightsToGrant } from '../resources/cluster-role-binding.ts'
import { rightsToApply } from '../resources/kubernetes-object.ts'

/** What the identity may on a target. */
export const CLUSTER_ROLE = 'cluster-admin'

/** All that mode target looks at. */
export interface TargetObservation {
  hub: Connection
  target: Connection
  identity: ManagedIdentity
  /** Argo CD's pods that connect to clusters. */
  pods: KubernetesObject[]
  registered: RegisteredCluster[]
  /** The Secret that has the name of the one to be written, whatever it is. */
  ofThatName: KubernetesObject | undefined
  clusterRoleBindings: KubernetesObject[]
}

/** Reads Azure in one wave, both clusters in another. */
export async function observeTarget(
  inputs: TargetInputs,
  azure: Azure,
  connect: Connect,
  cloud: Cloud,
): Promise<TargetObservation> {
  const { hubCluster, targetCluster, identity: identityId, argocdNamespace: namespace } = inputs
  const [identity, hub, target] = await Promise.all([
    azure.identity(identityId),
    connect(hubCluster, 'hub-cluster'),
    connect(targetCluster, 'target-cluster'),
  ])
  if (!identity) throw noIdentity(inputs)
  const name = inputs.secretName ?? secretNameOf(target.endpoint.server)
  const wanted = { of: [target.endpoint.server, targetCluster.id], name }
  const [{ pods: allPods }, secrets, { bindings }] = await Promise.all([
    hub.kubernetes.read({ pods: { kind: Pod, namespace } }, rightsToApply(Secret, namespace)),
    hub.kubernetes.clusterSecrets(namespace, wanted),
    target.kubernetes.read({ bindings: { kind: ClusterRoleBinding } }, rightsToGrant(CLUSTER_ROLE)),
  ])
  const pods = allPods.filter(isAlive).filter(pod => pod.spec.containers.some(componentOf))
  const withoutToken = pods.filter(pod => !podHasToken(pod, cloud.exchangeAudience))
  if (pods.length === 0 || withoutToken.length > 0) throw hubNotPrepared(inputs, withoutToken)
  return {
    hub,
    target,
    identity,
    pods,
    registered: secrets.filter(isClusterSecret).map(registeredCluster),
    ofThatName: secrets.find(({ metadata }) => metadata.name === name),
    clusterRoleBindings: bindings,
  }
}

const noIdentity = ({ identity, hubCluster }: TargetInputs) =>
  new Failure({
    what: `There is no managed identity ${identity.id}`,
    why: 'Azure answered 404',
    remedy: `Run the action with mode: hub for ${hubCluster.name} first, or correct the input identity`,
  })

function hubNotPrepared({ hubCluster, argocdNamespace }: TargetInputs, pods: KubernetesObject[]): Failure {
  const why =
    pods.length > 0
      ? `pod ${pods.map(({ metadata }) => metadata.name).join(', pod ')} has no service account token for Entra`
      : `no pod in namespace ${argocdNamespace} runs argocd-server or argocd-application-controller`
  return new Failure({
    what: `Argo CD on ${hubCluster.name} cannot sign in to other clusters`,
    why,
    remedy: `Run the action with mode: hub for ${hubCluster.name}; if it ran before, whoever installs Argo CD has taken its change back`,
  })
}
