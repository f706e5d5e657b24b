import { type RegisteredCluster, registeredCluster, SECRET_TYPE } from '../argocd/cluster-secret.ts'
import { podHasToken } from '../argocd/token-source.ts'
import { componentOf } from '../argocd/workloads.ts'
import type { Azure, ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import type { TargetInputs } from '../inputs.ts'
import { type Cluster, ClusterRoleBinding, type KubernetesObject, Pod, Secret } from '../kubernetes/cluster.ts'
import type { Connect, Connection } from '../kubernetes/connect.ts'
import { isAlive } from '../kubernetes/rollout.ts'
import { MANAGED_BY } from '../mark.ts'
import { isAbout } from '../resources/cluster-secret.ts'
import { secretNameFor } from './plan.ts'

/** All that mode target looks at. */
export interface TargetObservation {
  hub: Connection
  target: Connection
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
    connect(hubCluster, 'hub-cluster'),
    connect(targetCluster, 'target-cluster'),
  ])
  if (!identity) throw noIdentity(inputs)
  const [onHub, onTarget] = await Promise.all([
    hub.kubernetes.read({
      secrets: { kind: Secret, namespace, labelSelector: selectorOf(SECRET_TYPE) },
      pods: { kind: Pod, namespace },
    }),
    target.kubernetes.read({ bindings: { kind: ClusterRoleBinding } }),
  ])
  const pods = onHub.pods.filter(isAlive).filter(pod => pod.spec.containers.some(componentOf))
  const withoutToken = pods.filter(pod => !podHasToken(pod, cloud.exchangeAudience))
  if (pods.length === 0 || withoutToken.length > 0) throw hubNotPrepared(inputs, withoutToken)
  const registered = onHub.secrets.map(registeredCluster)
  return {
    hub,
    target,
    identity,
    pods,
    registered,
    otherSecrets: registered.some(isAbout(targetCluster.id, target.endpoint))
      ? []
      : await otherSecrets(hub.kubernetes, namespace, secretNameFor(inputs, target.endpoint)),
    clusterRoleBindings: onTarget.bindings,
  }
}

async function otherSecrets(hub: Cluster, namespace: string, name: string): Promise<KubernetesObject[]> {
  const { ours, ofThatName } = await hub.read({
    ours: { kind: Secret, namespace, labelSelector: selectorOf(MANAGED_BY) },
    ofThatName: { kind: Secret, namespace, name },
  })
  return [...ours, ...ofThatName]
}

const selectorOf = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join()

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
