import { isClusterSecret, type RegisteredCluster, registeredCluster } from '../argocd/cluster-secret.ts'
import { podHasToken } from '../argocd/token-source.ts'
import { componentOf } from '../argocd/workloads.ts'
import type { Azure, ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import type { TargetInputs } from '../inputs.ts'
import { ClusterRoleBinding, type KubernetesObject, Pod, Secret } from '../kubernetes/cluster.ts'
import type { Connect, Connection, TargetConnection } from '../kubernetes/connect.ts'
import { isAlive } from '../kubernetes/rollout.ts'
import { rightsToGrant } from '../resources/cluster-role-binding.ts'
import { isAbout } from '../resources/cluster-secret.ts'
import { rightsToApply } from '../resources/kubernetes-object.ts'
import { CLUSTER_ROLE, secretNameFor } from './plan.ts'

/** All that mode target looks at. */
export interface TargetObservation {
  hub: Connection
  target: TargetConnection
  identity: ManagedIdentity
  /** Argo CD's pods that connect to clusters. */
  pods: KubernetesObject[]
  registered: RegisteredCluster[]
  /** Where the target is not registered: all Secrets of ours, and the one of the name that is to be written. */
  otherSecrets: KubernetesObject[]
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
    connect.hub(hubCluster, inputs.hubAccess),
    connect.target(targetCluster, inputs.targetAccess),
  ])
  if (!identity) throw noIdentity(inputs)
  const isTarget = isAbout(targetCluster.id, target.endpoint)
  const [{ pods: allPods }, secrets, { bindings }] = await Promise.all([
    hub.kubernetes.read({ pods: { kind: Pod, namespace } }, rightsToApply(Secret, namespace)),
    hub.kubernetes.clusterSecrets(namespace, {
      of: [target.endpoint.server, targetCluster.id],
      name: secretNameFor(inputs, target.endpoint),
      isFound: known => known.map(registeredCluster).some(isTarget),
    }),
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
    otherSecrets: secrets.filter(secret => !isClusterSecret(secret)),
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
