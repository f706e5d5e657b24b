import { isAsleep, title } from '../argocd/workloads.ts'
import type { ManagedIdentity } from '../azure/azure.ts'
import type { Cloud } from '../azure/cloud.ts'
import type { HubInputs } from '../inputs.ts'
import { type Account, type Exchange, proveExchange } from '../proof/exchange.ts'
import type { Link } from '../proof/link.ts'
import type { HubObservation } from './observe.ts'
import { accountOf, tokenWanted } from './plan-argo-cd.ts'

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
  const isTried = ({ asleep }: RunningAccount) => !asleep || !seen.kubernetes.commands
  const proofs = accounts(inputs, seen, by.cloud).map(async account =>
    isTried(account) ? (await proveExchange(exchange, account)).link : sleeping(account),
  )
  return Promise.all(proofs)
}

/** Within the cluster it takes a pod to try. */
const sleeping = ({ namespace, serviceAccount, runsIn }: Account): Link => ({
  link: 'exchange',
  of: `${namespace}/${serviceAccount}`,
  outcome: 'not checked',
  detail: `${runsIn} has no replicas, so there is no pod to try it in`,
})

interface RunningAccount extends Account {
  asleep: boolean
}

/** Each account once, with the workload that runs under it after the plan is carried out. */
function accounts(inputs: HubInputs, seen: HubObservation, cloud: Cloud): RunningAccount[] {
  const { audience } = tokenWanted(inputs, seen.cluster, cloud)
  const all = seen.workloads.map(found => ({
    namespace: inputs.argocdNamespace,
    serviceAccount: accountOf(inputs, found),
    runsIn: title(found).replace(' ', '/').toLowerCase(),
    container: found.container.name,
    audience,
    asleep: isAsleep(found),
  }))
  const awakeLast = all.sort((one, other) => Number(other.asleep) - Number(one.asleep))
  return [...new Map(awakeLast.map(account => [account.serviceAccount, account])).values()]
}
