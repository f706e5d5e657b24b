import type { Registrant, SecretsAbout } from '../argocd/registrations.ts'
import type { ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import type { TargetInputs } from '../inputs.ts'
import { ClusterRoleBinding, type KubernetesObject } from '../kubernetes/cluster.ts'
import type { Connect, Connection, TargetConnection } from '../kubernetes/connect.ts'
import { rightsToGrant } from '../resources/cluster-role-binding.ts'
import type { HubView } from './hub.ts'
import { CLUSTER_ROLE, registrationOf, secretNameFor } from './plan.ts'

/** What Azure says of a target, and of the identity that is let in there. */
export interface Located {
  target: TargetConnection
  identity: ManagedIdentity
}

/** All that mode target looks at. */
export interface TargetObservation extends Located, SecretsAbout {
  hub: Connection
  /** Argo CD's pods that connect to clusters. */
  pods: KubernetesObject[]
  clusterRoleBindings: KubernetesObject[]
}

/** Reads the target itself, while the hub is being read. */
export async function observeTarget(
  inputs: TargetInputs,
  located: Located,
  hubView: Promise<HubView>,
  cloud: Cloud,
): Promise<TargetObservation> {
  const [{ hub, pods, secretsAbout }, { bindings }] = await Promise.all([
    hubView,
    located.target.kubernetes.read({ bindings: { kind: ClusterRoleBinding } }, rightsToGrant(CLUSTER_ROLE)),
  ])
  return {
    ...located,
    ...secretsAbout(registrantOf(inputs, located, cloud)),
    hub,
    pods,
    clusterRoleBindings: bindings,
  }
}

/** By what the target is looked for among the Secrets of the hub. */
export function registrantOf(inputs: TargetInputs, located: Located, cloud: Cloud): Registrant {
  const { name, server } = registrationOf(inputs, located, cloud)
  return { id: inputs.targetCluster.id, name, server, secretName: secretNameFor(inputs, located.target.endpoint) }
}

/** Reads Azure's half; `identity` is that of the inputs, which other targets may share. */
export async function locate(
  inputs: TargetInputs,
  identity: Promise<ManagedIdentity | undefined>,
  connect: Connect,
): Promise<Located> {
  const [target, known] = await Promise.all([connect.target(inputs.targetCluster, inputs.targetAccess), identity])
  if (!known) throw noIdentity(inputs)
  return { target, identity: known }
}

const noIdentity = ({ identity, hubCluster }: TargetInputs) =>
  new Failure({
    what: `There is no managed identity ${identity.id}`,
    why: 'Azure answered 404',
    remedy: `Run the action with mode: hub for ${hubCluster.name} first, or correct the input identity`,
  })
