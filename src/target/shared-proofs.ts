import type { TargetInputs } from '../inputs.ts'
import type { Connection } from '../kubernetes/connect.ts'
import { type Account, proveExchange } from '../proof/exchange.ts'
import type { Link } from '../proof/link.ts'
import { reachFrom } from '../proof/reach.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Address } from './address.ts'
import type { TargetObservation } from './observe.ts'

/** Links of the proof that the targets of a job have in common: nothing is tried twice, nor before it is asked for. */
export interface SharedProofs {
  /** An account buys tokens of an identity for all targets that take it. */
  exchange(
    inputs: TargetInputs,
    seen: Pick<TargetObservation, 'hub' | 'identity'>,
    account: Account,
  ): ReturnType<typeof proveExchange>
  /** Whoever asks first has the network to all targets tried. */
  reach(inputs: TargetInputs, hub: Connection, address: Address): Promise<Link>
}

/** `addresses` are those of all targets. */
export function sharedProofs({ azure, cloud, runner, onProgress }: Surroundings, addresses: Address[]): SharedProofs {
  const exchanges = new Map<string, ReturnType<typeof proveExchange>>()
  const reached = new Map<Address, Promise<Link>>()
  return {
    exchange({ identity: identityId, identityIds }, { hub, identity }, account) {
      const key = `${identity.clientId} ${account.serviceAccount}`
      const by = { azure, cloud, runner, onProgress, hub: hub.kubernetes, issuer: hub.cluster.issuerUrl }
      const proof =
        exchanges.get(key) ?? proveExchange({ ...by, identity, ...(!identityIds && { identityId }) }, account)
      exchanges.set(key, proof)
      return proof
    },
    reach({ hubCluster }, hub, address) {
      const tryOut = reachFrom(azure, hubCluster, hub)
      if (reached.size === 0) for (const one of addresses) reached.set(one, tryOut(one))
      return reached.get(address) ?? tryOut(address)
    },
  }
}
