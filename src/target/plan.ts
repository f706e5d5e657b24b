import { type Registration, secretNameOf } from '../argocd/cluster-secret.ts'
import type { Cloud } from '../azure/cloud.ts'
import type { TargetInputs } from '../inputs.ts'
import type { Plan } from '../plan.ts'
import { clusterSecret } from '../resources/cluster-secret.ts'
import { type Address, otherServers } from './address.ts'
import { planGrant } from './grant.ts'
import type { Located, TargetObservation } from './observe.ts'

/** What registers a target: the identity is let in, and then, once that is proven, Argo CD is told. */
export function planTarget(inputs: TargetInputs, seen: TargetObservation, cloud: Cloud): Plan {
  const { hubCluster, targetCluster, argocdNamespace: namespace } = inputs
  const grant = planGrant(inputs, seen)
  const secret = clusterSecret(
    {
      namespace,
      secretName: secretNameFor(inputs, seen.address),
      otherServers: otherServers(seen.address, seen.target.cluster),
      registration: registrationOf(inputs, seen, cloud),
      hub: hubCluster.id,
      target: targetCluster.id,
      grant: grant.mark,
      mayAdopt: inputs.allow.has('adopt'),
    },
    seen.registered,
    seen.otherSecrets,
    grant.actions.map(({ id }) => id),
  )
  return {
    actions: [...grant.actions, secret.action],
    refusals: [...grant.refusals, ...secret.refusals],
  }
}

/** What a new Secret is called. */
export const secretNameFor = ({ secretName }: TargetInputs, { server }: Address): string =>
  secretName ?? secretNameOf(server)

/** What Argo CD has to know of the target. */
export const registrationOf = (inputs: TargetInputs, seen: Located, cloud: Cloud): Registration => ({
  name: inputs.name ?? inputs.targetCluster.name,
  ...seen.address,
  clientId: seen.identity.clientId,
  tenantId: seen.identity.tenantId,
  authorityHost: cloud.authorityHost,
})
