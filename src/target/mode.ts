import type { TargetInputs } from '../inputs.ts'
import type { Mode, Run } from '../reconcile.ts'
import type { Surroundings } from '../surroundings.ts'
import { observeTarget, type TargetObservation } from './observe.ts'
import { planTarget, registrationOf } from './plan.ts'
import { proveTarget } from './prove.ts'

/** Mode target: Argo CD on the hub knows the cluster, and the cluster lets it in. */
export const targetMode = (inputs: TargetInputs, around: Surroundings): Mode<TargetObservation> => ({
  observe: () => observeTarget(inputs, around.azure, around.connect, around.cloud),
  plan: seen => planTarget(inputs, seen, around.cloud),
  places: seen => ({ azure: around.azure, hub: seen.hub.kubernetes, target: seen.target.kubernetes }),
  prove: seen => proveTarget(inputs, seen, around),
})

/** The outputs that mode target adds. */
export function targetOutputs(
  inputs: TargetInputs,
  run: Run<TargetObservation>,
  { cloud }: Pick<Surroundings, 'cloud'>,
) {
  const { identity } = run.seen
  const { name, server } = registrationOf(inputs, run.seen, cloud)
  const secret = run.plan.actions.find(({ id }) => id.startsWith('cluster Secret '))
  return {
    'identity-client-id': identity.clientId,
    'identity-principal-id': identity.principalId,
    'identity-id': identity.id,
    'tenant-id': identity.tenantId,
    'secret-name': secret?.found.name,
    server: secret?.found.server ?? server,
    'cluster-name': name,
  }
}
