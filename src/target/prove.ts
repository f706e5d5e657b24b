import type { TargetInputs } from '../inputs.ts'
import { connectDirectly } from '../kubernetes/direct.ts'
import { type Exchange, type Link, proveAccess, proveExchange } from '../proof.ts'
import type { TargetObservation } from './observe.ts'

/** The whole chain, with the values that are about to be published: every account's exchange, then what the identity may on the target. */
export async function proveTarget(
  inputs: TargetInputs,
  seen: TargetObservation,
  by: Omit<Exchange, 'hub' | 'identity' | 'identityId'>,
): Promise<Link[]> {
  const { hub, target, identity } = seen
  const exchange = { ...by, hub: hub.kubernetes, identity, identityId: inputs.identity }
  const accounts = new Set(seen.pods.map(pod => pod.spec.serviceAccountName ?? 'default'))
  const exchanges = await Promise.all(
    [...accounts].map(serviceAccount => proveExchange(exchange, { namespace: inputs.argocdNamespace, serviceAccount })),
  )
  const token = exchanges.find(({ token }) => token !== undefined)?.token
  const asIdentity = token ? connectDirectly(target.cluster.name, target.endpoint, async () => token) : undefined
  const access = await proveAccess(target.kubernetes, asIdentity, identity)
  return [...exchanges.map(({ link }) => link), access, reach(target.endpoint.server)]
}

/** Only a pod of the hub can try the network between the hub and the target. */
const reach = (server: string): Link => ({
  link: 'reach',
  of: server,
  outcome: 'not checked',
  detail: 'the network from the hub to the target can be tried only from within the hub',
})
