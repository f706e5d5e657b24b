import type { Cloud } from '../azure/cloud.ts'
import type { TargetInputs } from '../inputs.ts'
import type { Plan } from '../plan.ts'
import { clusterSecret } from '../resources/cluster-secret.ts'
import { displayNameOf } from './display-name.ts'
import { planGrant } from './grant.ts'
import type { TargetObservation } from './observe.ts'
import { wantedSecretOf } from './wanted-secret.ts'

/** What registers a target: the identity is let in, and then, once that is proven, Argo CD is told. */
export function planTarget(inputs: TargetInputs, seen: TargetObservation, cloud: Cloud): Plan {
  const grant = planGrant(inputs, seen)
  const secret = clusterSecret(
    wantedSecretOf(inputs, seen, cloud, grant.mark),
    seen.registered,
    seen.otherSecrets,
    grant.actions.map(({ id }) => id),
    seen.deployments,
  )
  return {
    actions: [...grant.actions, secret.action],
    refusals: [
      ...displayNameOf(inputs.name, inputs.targetCluster, seen.target.cluster).refusals,
      ...grant.refusals,
      ...secret.refusals,
    ],
  }
}
