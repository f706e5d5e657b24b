import { title } from '../argocd/workloads.ts'
import type { ManagedIdentity } from '../azure/azure.ts'
import type { HubInputs } from '../inputs.ts'
import { type Account, type Exchange, proveExchange } from '../proof/exchange.ts'
import type { Link } from '../proof/link.ts'
import type { HubObservation } from './observe.ts'
import { accountOf } from './plan.ts'

/** The first link of the chain, for every account that Argo CD's workloads run under. */
export async function proveHub(
  inputs: HubInputs,
  seen: HubObservation,
  issuer: string,
  identity: ManagedIdentity,
  by: Pick<Exchange, 'azure' | 'cloud' | 'runner' | 'onProgress'>,
): Promise<Link[]> {
  const exchange = {
    ...by,
    hub: seen.kubernetes,
    issuer,
    identity,
    ...(!inputs.identityIds && { identityId: inputs.identity }),
  }
  const proofs = accounts(inputs, seen).map(account => proveExchange(exchange, account))
  return (await Promise.all(proofs)).map(({ link }) => link)
}

/** Each account once, with the workload that runs under it after the plan is carried out. */
function accounts(inputs: HubInputs, seen: HubObservation): Account[] {
  const all = seen.workloads.map(found => ({
    namespace: inputs.argocdNamespace,
    serviceAccount: accountOf(inputs, found),
    runsIn: title(found).replace(' ', '/').toLowerCase(),
    container: found.container.name,
  }))
  return [...new Map(all.map(account => [account.serviceAccount, account])).values()]
}
