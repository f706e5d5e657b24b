import { audienceOf } from '../argocd/token-source.ts'
import { componentOf } from '../argocd/workloads.ts'
import type { TargetInputs } from '../inputs.ts'
import { connectDirectly } from '../kubernetes/direct.ts'
import { patienceFor, proveAccess } from '../proof/access.ts'
import type { Account } from '../proof/exchange.ts'
import type { Link } from '../proof/link.ts'
import { promisesOf } from '../proof/promises.ts'
import type { TargetObservation } from './observe.ts'
import type { SharedProofs } from './shared-proofs.ts'

/** The whole chain, with the values that are about to be published. */
export async function proveTarget(
  inputs: TargetInputs,
  seen: TargetObservation,
  shared: SharedProofs,
  results: ReadonlyMap<string, Record<string, unknown>>,
  onProgress: (progress: string) => void,
): Promise<Link[]> {
  const { hub, target, identity } = seen
  const reached = shared.reach(inputs, hub, seen.address)
  const exchanges = await Promise.all(accounts(inputs, seen).map(account => shared.exchange(inputs, seen, account)))
  const token = exchanges.find(({ token }) => token !== undefined)?.token
  // The token opens the target: it is used from here or not at all.
  const asIdentity =
    token && !target.kubernetes.commands
      ? connectDirectly(target.cluster.name, target.endpoint, async () => token)
      : undefined
  const { model, promised } = seen.grant.role
  try {
    const access = await proveAccess({
      target: target.kubernetes,
      asIdentity,
      identity,
      pledges: promised ? promisesOf(promised, inputs.namespaces) : [],
      patience: patienceFor(model, createdOn(results)),
      onProgress,
    })
    return [...exchanges.map(({ link }) => link), access, await reached]
  } finally {
    await asIdentity?.close()
  }
}

/** When the role assignments of the run were made, by it or before. */
const createdOn = (results: ReadonlyMap<string, Record<string, unknown>>): string[] =>
  [...results.values()].map(({ createdOn }) => createdOn).filter(time => typeof time === 'string')

/** Each account that Argo CD's pods run under, with one of these pods. */
function accounts({ argocdNamespace, cloud }: TargetInputs, { pods }: TargetObservation): Account[] {
  const all = pods.map(pod => ({
    namespace: argocdNamespace,
    serviceAccount: pod.spec.serviceAccountName ?? 'default',
    runsIn: `pod/${pod.metadata.name}`,
    container: pod.spec.containers.find(componentOf).name,
    audience: audienceOf(pod, cloud),
  }))
  return [...new Map(all.map(account => [account.serviceAccount, account])).values()]
}
