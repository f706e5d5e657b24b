import type { Azure, FederatedCredential, ManagedCluster, ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import { identityFor, readIdentity } from '../identity.ts'
import type { HubInputs } from '../inputs.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Connect } from '../kubernetes/connect.ts'
import type { Consequences } from './consequences.ts'
import { type ArgoCdObservation, observeArgoCd } from './observe-argo-cd.ts'

/** All that mode hub looks at. */
export interface HubObservation extends ArgoCdObservation {
  cluster: ManagedCluster
  identity: ManagedIdentity | undefined
  credentials: FederatedCredential[]
  kubernetes: Cluster
  /** What the plan means for others, once there is one. */
  consequences?: Consequences
}

/** Reads Azure in one wave and the cluster in another; the API server's address is known only after the first. */
export async function observeHub(
  inputs: HubInputs,
  azure: Azure,
  connect: Connect,
  cloud: Cloud,
): Promise<HubObservation> {
  const { hubCluster, identity: identityId } = inputs
  const [{ cluster, kubernetes }, read, credentials] = await Promise.all([
    connect.hub(hubCluster, inputs.hubAccess),
    readIdentity(inputs, azure),
    inputs.identityIds ? [] : azure.federatedCredentials(identityId),
  ])
  const argoCd = await observeArgoCd(inputs, kubernetes, cluster, credentials, cloud)
  return { cluster, identity: identityFor(inputs, read, cluster), credentials, kubernetes, ...argoCd }
}
