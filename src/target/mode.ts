import type { TargetInputs } from '../inputs.ts'
import type { Mode, Run } from '../reconcile.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Job } from './job.ts'
import type { TargetObservation } from './observe.ts'
import { planTarget } from './plan.ts'
import { proveTarget } from './prove.ts'
import { registrationOf } from './wanted-secret.ts'

/** Mode target, for one of the targets of a job: Argo CD on the hub knows the cluster, and the cluster lets it in. */
export const targetMode = (inputs: TargetInputs, job: Job, around: Surroundings): Mode<TargetObservation> => ({
  observe: round => (round === 1 ? job.observe(inputs) : job.observeAnew(inputs)),
  plan(seen) {
    const plan = planTarget(inputs, seen, around.cloud)
    return { ...plan, refusals: [...job.clashesOf(inputs), ...plan.refusals] }
  },
  places: seen => ({ azure: around.azure, hub: seen.hub.kubernetes, target: seen.target.kubernetes }),
  prove: (seen, results) => proveTarget(inputs, seen, job.proofs, results, around.onProgress),
})

/** As what Argo CD knows a target, or will. */
export function registeredAs(
  inputs: TargetInputs,
  run: Run<TargetObservation>,
  { cloud }: Pick<Surroundings, 'cloud'>,
) {
  const { name, server } = registrationOf(inputs, run.seen, cloud)
  const secret = run.plan.actions.find(({ id }) => id.startsWith('cluster Secret '))
  return { name, server: secret?.found.server ?? server, secretName: secret?.found.name }
}

/** The outputs that mode target adds. */
export function targetOutputs(inputs: TargetInputs, run: Run<TargetObservation>, around: Pick<Surroundings, 'cloud'>) {
  const { identity } = run.seen
  const { name, server, secretName } = registeredAs(inputs, run, around)
  return {
    'identity-client-id': identity.clientId,
    'identity-principal-id': identity.principalId,
    'identity-id': identity.id,
    'tenant-id': identity.tenantId,
    'secret-name': secretName,
    server,
    'cluster-name': name,
  }
}
