import { type Registration, secretNameOf } from '../argocd/cluster-secret.ts'
import type { Cloud } from '../azure/cloud.ts'
import type { TargetInputs } from '../inputs.ts'
import type { Endpoint } from '../kubernetes/direct.ts'
import type { Plan, Refusal } from '../plan.ts'
import { clusterSecret } from '../resources/cluster-secret.ts'
import { planGrant } from './grant.ts'
import type { Located, TargetObservation } from './observe.ts'

/** What registers a target: the identity is let in, and then, once that is proven, Argo CD is told. */
export function planTarget(inputs: TargetInputs, seen: TargetObservation, cloud: Cloud): Plan {
  const { hubCluster, targetCluster, argocdNamespace: namespace } = inputs
  const grant = planGrant(inputs, seen)
  const secret = clusterSecret(
    {
      namespace,
      secretName: secretNameFor(inputs, seen.target.endpoint),
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
    refusals: [...otherTenant(inputs, seen), ...grant.refusals, ...secret.refusals],
  }
}

/** What a new Secret is called. */
export const secretNameFor = ({ secretName }: TargetInputs, { server }: Endpoint): string =>
  secretName ?? secretNameOf(server)

/** What Argo CD has to know of the target. */
export const registrationOf = (inputs: TargetInputs, seen: Located, cloud: Cloud): Registration => ({
  name: inputs.name ?? inputs.targetCluster.name,
  server: seen.target.endpoint.server,
  certificateAuthority: seen.target.endpoint.certificateAuthority,
  clientId: seen.identity.clientId,
  tenantId: seen.identity.tenantId,
  authorityHost: cloud.authorityHost,
})

/** A cluster takes tokens of its own tenant alone. */
function otherTenant({ targetCluster, identity }: TargetInputs, seen: TargetObservation): Refusal[] {
  const tenant = seen.target.cluster.entra?.tenantId
  return !tenant || tenant === seen.identity.tenantId
    ? []
    : [
        {
          what: `AKS cluster ${targetCluster.name} trusts tenant ${tenant}, and identity ${identity.name} lives in tenant ${seen.identity.tenantId}`,
          why: 'a cluster accepts tokens of one tenant',
          remedy: 'Name an identity of the tenant of the cluster with the input identity',
        },
      ]
}
