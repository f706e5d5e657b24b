import type { ManagedIdentity } from '../azure/azure.ts'
import type { HubInputs } from '../inputs.ts'
import type { Mode, Run } from '../reconcile.ts'
import { clusterAction } from '../resources/managed-cluster.ts'
import { identityAction } from '../resources/managed-identity.ts'
import type { Surroundings } from '../surroundings.ts'
import { observeConsequences } from './consequences.ts'
import { type HubObservation, observeHub } from './observe.ts'
import { permanentForm } from './permanent-form.ts'
import { planHub } from './plan.ts'
import { proveHub } from './prove.ts'

/** Mode hub: the cluster that Argo CD runs on can sign in to others. */
export const hubMode = (inputs: HubInputs, around: Surroundings): Mode<HubObservation> => ({
  async observe() {
    const seen = await observeHub(inputs, around.azure, around.connect, around.cloud)
    return { ...seen, consequences: await observeConsequences(inputs, seen, planHub(inputs, seen, around.cloud)) }
  },
  plan: seen => planHub(inputs, seen, around.cloud),
  places: seen => ({ azure: around.azure, hub: seen.kubernetes }),
  prove(seen, results) {
    const issuer = results.get(clusterAction(inputs.hubCluster))?.issuerUrl as string
    const identity = results.get(identityAction(inputs)) as unknown as ManagedIdentity
    return proveHub(inputs, seen, issuer, identity, around)
  },
})

/** The outputs that mode hub adds. */
export function hubOutputs(inputs: HubInputs, run: Run<HubObservation>): Record<string, unknown> {
  const resultOf = (id: string) => {
    const outcome = run.outcomes.find(({ action }) => action.id === id)
    return outcome?.kind === 'done' ? outcome.result : run.plan.actions.find(action => action.id === id)?.found
  }
  const { clientId, principalId, tenantId, id } = resultOf(identityAction(inputs)) ?? {}
  return {
    'identity-client-id': clientId,
    'identity-principal-id': principalId,
    'identity-id': id ?? inputs.identity.id,
    'tenant-id': tenantId,
    'oidc-issuer-url': resultOf(clusterAction(inputs.hubCluster))?.issuerUrl,
    'permanent-form': JSON.stringify(permanentForm(inputs, run)),
  }
}
