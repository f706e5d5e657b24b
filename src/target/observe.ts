import type { Deployments } from '../argocd/deployments.ts'
import type { SecretsAbout } from '../argocd/registrations.ts'
import type { Azure, ListedCluster, ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { Failure } from '../failure.ts'
import { identityFor } from '../identity.ts'
import type { TargetInputs } from '../inputs.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import type { Connect, Connection, TargetConnection } from '../kubernetes/connect.ts'
import { GRANT_ANNOTATION } from '../mark.ts'
import { feltChange } from '../resources/cluster-secret.ts'
import { isAbout } from '../resources/cluster-secret-match.ts'
import { type Address, addressOf } from './address.ts'
import type { HubView, Sought } from './hub.ts'
import { type GrantObservation, observeGrant, observeLeftovers } from './observe-grant.ts'
import { wantedSecretOf } from './wanted-secret.ts'

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
  /** Who deploys to the target, where its Secret is to change in a way that they would feel. */
  deployments: Deployments | undefined
}

/** Reads the target itself, while the hub is being read. */
export async function observeTarget(
  inputs: TargetInputs,
  located: Located,
  hubView: Promise<HubView>,
  azure: Azure,
  cloud: Cloud,
): Promise<TargetObservation> {
  const [{ hub, pods, secretsAbout, deploymentsTo }, grant] = await Promise.all([
    hubView,
    observeGrant(inputs, azure, located),
  ])
  const registrant = registrantOf(inputs, located, cloud)
  const secrets = secretsAbout(registrant)
  const registered = secrets.registered.find(isAbout(registrant.id, registrant))
  const mark = registered?.secret.metadata.annotations?.[GRANT_ANNOTATION]
  const change = feltChange(wantedSecretOf(inputs, located, cloud), secrets.registered, secrets.otherSecrets)
  const [leftovers, deployments] = await Promise.all([
    observeLeftovers(inputs, azure, located, grant, mark),
    change && deploymentsTo(change),
  ])
  return { ...located, ...secrets, hub, pods, grant: leftovers, deployments }
}

/** By what the target is looked for among the Secrets of the hub. */
export function registrantOf(inputs: TargetInputs, located: Located, cloud: Cloud): Sought {
  const { registration, target: id, otherServers, secretName, annotations } = wantedSecretOf(inputs, located, cloud)
  const { name, server } = registration
  return { id, name, server, otherServers, secretName, annotations: Object.keys(annotations) }
}

/** Reads Azure's half, but for what is `listed`; `identity` is what was read of that of the inputs, which other targets may share. */
export async function locate(
  inputs: TargetInputs,
  listed: ListedCluster | undefined,
  identity: Promise<ManagedIdentity | undefined>,
  connect: Connect,
): Promise<Located> {
  const [target, read] = await Promise.all([
    connect.target(inputs.targetCluster, inputs.targetAccess, inputs.serverFqdn, listed),
    identity,
  ])
  const known = identityFor(inputs, read, target.cluster)
  if (!known) throw noIdentity(inputs)
  refuseOtherTenant(inputs, target.cluster, known)
  return { target, address: addressOf(inputs, target.endpoint), identity: known }
}

/** A cluster takes tokens of its own tenant alone; those of the caller would be the first to be refused. */
function refuseOtherTenant(
  { targetCluster, identity: { name } }: TargetInputs,
  cluster: ListedCluster,
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
