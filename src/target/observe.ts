import type { Registrant, SecretsAbout } from '../argocd/registrations.ts'
import type { Azure, ManagedCluster, ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import type { TargetInputs } from '../inputs.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import type { Connect, Connection, TargetConnection } from '../kubernetes/connect.ts'
import { GRANT_ANNOTATION } from '../mark.ts'
import { isAbout } from '../resources/cluster-secret.ts'
import { type Address, addressOf, otherServers } from './address.ts'
import type { HubView } from './hub.ts'
import { type GrantObservation, observeGrant, observeLeftovers } from './observe-grant.ts'
import { registrationOf, secretNameFor } from './plan.ts'

/** What Azure says of a target, and of the identity that is let in there. */
export interface Located {
  target: TargetConnection
  /** Where Argo CD finds it. */
  address: Address
  identity: ManagedIdentity
}

/** All that mode target looks at. */
export interface TargetObservation extends Located, SecretsAbout {
  hub: Connection
  /** Argo CD's pods that connect to clusters. */
  pods: KubernetesObject[]
  grant: GrantObservation
}

/** Reads the target itself, while the hub is being read. */
export async function observeTarget(
  inputs: TargetInputs,
  located: Located,
  hubView: Promise<HubView>,
  azure: Azure,
  cloud: Cloud,
): Promise<TargetObservation> {
  const [{ hub, pods, secretsAbout }, grant] = await Promise.all([hubView, observeGrant(inputs, azure, located)])
  const registrant = registrantOf(inputs, located, cloud)
  const secrets = secretsAbout(registrant)
  const registered = secrets.registered.find(isAbout(registrant.id, registrant))
  const mark = registered?.secret.metadata.annotations?.[GRANT_ANNOTATION]
  return {
    ...located,
    ...secrets,
    hub,
    pods,
    grant: await observeLeftovers(inputs, azure, located, grant, mark),
  }
}

/** By what the target is looked for among the Secrets of the hub. */
export function registrantOf(inputs: TargetInputs, located: Located, cloud: Cloud): Registrant {
  const { name, server } = registrationOf(inputs, located, cloud)
  return {
    id: inputs.targetCluster.id,
    name,
    server,
    otherServers: otherServers(located.address, located.target.cluster),
    secretName: secretNameFor(inputs, located.address),
  }
}

/** Reads Azure's half; `identity` is that of the inputs, which other targets may share. */
export async function locate(
  inputs: TargetInputs,
  identity: Promise<ManagedIdentity | undefined>,
  connect: Connect,
): Promise<Located> {
  const [target, known] = await Promise.all([
    connect.target(inputs.targetCluster, inputs.targetAccess, inputs.serverFqdn),
    identity,
  ])
  if (!known) throw noIdentity(inputs)
  refuseOtherTenant(inputs, target.cluster, known)
  return { target, address: addressOf(inputs, target.endpoint), identity: known }
}

/** A cluster takes tokens of its own tenant alone; those of the caller would be the first to be refused. */
function refuseOtherTenant(
  { targetCluster, identity: { name } }: TargetInputs,
  cluster: ManagedCluster,
  identity: ManagedIdentity,
) {
  const tenant = cluster.entra?.tenantId
  if (!tenant || tenant === identity.tenantId) return
  throw new Failure({
    what: `AKS cluster ${targetCluster.name} trusts tenant ${tenant}, and identity ${name} lives in tenant ${identity.tenantId}`,
    why: 'a cluster accepts tokens of one tenant',
    remedy: 'Name an identity of the tenant of the cluster with the input identity',
  })
}

const noIdentity = ({ identity, hubCluster }: TargetInputs) =>
  new Failure({
    what: `There is no managed identity ${identity.id}`,
    why: 'Azure answered 404',
    remedy: `Run the action with mode: hub for ${hubCluster.name} first, or correct the input identity`,
  })
