import type { ManagedIdentity } from '../azure/azure.ts'
import type { HubInputs } from '../inputs.ts'
import { type Exchange, type Link, proveExchange } from '../proof.ts'
import type { HubObservation } from './observe.ts'
import { argoCdAccounts } from './plan.ts'

/** The first link of the chain, for every account that Argo CD's workloads run under. */
export async function proveHub(
  inputs: HubInputs,
  seen: HubObservation,
  identity: ManagedIdentity,
  by: Omit<Exchange, 'hub' | 'identity' | 'identityId'>,
): Promise<Link[]> {
  const exchange = { ...by, hub: seen.kubernetes, identity, identityId: inputs.identity }
  const proofs = argoCdAccounts(inputs, seen).map(account => proveExchange(exchange, account))
  return (await Promise.all(proofs)).map(({ link }) => link)
}
