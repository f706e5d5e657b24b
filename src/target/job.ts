import { asRegistrant } from '../argocd/registrations.ts'
import type { ListedCluster, ManagedIdentity } from '../azure/azure.ts'
import { readIdentity } from '../identity.ts'
import type { TargetInputs } from '../inputs.ts'
import type { Refusal } from '../plan.ts'
import { isAbout } from '../resources/cluster-secret-match.ts'
import { sideBySide } from '../side-by-side.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Applicant, clashes } from './clashes.ts'
import { type HubView, observeHub } from './hub.ts'
import { type Located, locate, observeTarget, registrantOf, type TargetObservation } from './observe.ts'
import { type SharedProofs, sharedProofs } from './shared-proofs.ts'

/** A target of a job. */
export interface Member {
  inputs: TargetInputs
  /** What a list said of the cluster when the job began. */
  known?: ListedCluster
}

/** What the targets of one job have in common: of the hub and of identities nothing is read twice. */
export interface Job {
  observe(inputs: TargetInputs): Promise<TargetObservation>
  /** For one target alone, where the world has changed under its hands. */
  observeAnew(inputs: TargetInputs): Promise<TargetObservation>
  /** What speaks against this target together with the others; known once it is observed. */
  clashesOf(inputs: TargetInputs): Refusal[]
  readonly proofs: SharedProofs
  /** Lets go of what was kept for a target that is done. */
  release(inputs: TargetInputs): Promise<void>
  /** Not there where no target could be found, and failed where the hub is not fit for any. */
  readonly hubView: Promise<HubView> | undefined
}

/** Looks at all targets in Azure, `limit` of them at a time, and begins to look at the hub. The inputs agree on everything about the hub. */
export async function beginJob(members: readonly Member[], limit: number, around: Surroundings): Promise<Job> {
  const { azure, connect, cloud } = around
  const first = members[0]!.inputs
  const hub = heardLater(connect.hub(first.hubCluster, first.hubAccess))
  const identities = new Map<string, Promise<ManagedIdentity | undefined>>()
  const identityOf = (inputs: TargetInputs) => {
    const key = (inputs.identityIds?.clientId ?? inputs.identity.id).toLowerCase()
    const known = identities.get(key) ?? readIdentity(inputs, azure)
    identities.set(key, known)
    return known
  }

  const attempts = new Map<TargetInputs, PromiseSettledResult<Located>>()
  await sideBySide(members, limit, async ({ inputs, known }) => {
    const [attempt] = await Promise.allSettled([locate(inputs, known, identityOf(inputs), connect)])
    attempts.set(inputs, attempt)
    await hub
  })
  const located = [...attempts].flatMap(([inputs, attempt]) =>
    attempt.status === 'fulfilled' ? [{ inputs, located: attempt.value }] : [],
  )
  const registrants = located.map(({ inputs, located }) => registrantOf(inputs, located, cloud))
  const hubView = located.length > 0 ? heardLater(observeHub(first, await hub, registrants)) : undefined
  const clashesIn = ({ secretsAbout }: HubView) =>
    clashes(
      registrants.map((registrant): Applicant => {
        const { registered } = secretsAbout(registrant)
        const now = registered.find(isAbout(registrant.id, registrant))
        return { ...registrant, now: now && asRegistrant(now) }
      }),
    )
  const refusals = hubView && heardLater(hubView.then(clashesIn))
  let clashing: Awaited<typeof refusals>
  const addresses = located.map(({ located }) => located.address)

  return {
    hubView,
    proofs: sharedProofs(around, addresses),
    clashesOf: ({ targetCluster }) => clashing?.get(targetCluster.id) ?? [],
    async observe(inputs) {
      const attempt = attempts.get(inputs)!
      if (attempt.status === 'rejected') throw attempt.reason
      const [seen, found] = await Promise.all([observeTarget(inputs, attempt.value, hubView!, azure, cloud), refusals])
      clashing = found
      return seen
    },
    async observeAnew(inputs) {
      const [hub, located] = await Promise.all([
        connect.hub(first.hubCluster, first.hubAccess),
        locate(inputs, undefined, readIdentity(inputs, azure), connect),
      ])
      const view = observeHub(first, hub, [registrantOf(inputs, located, cloud)])
      return observeTarget(inputs, located, view, azure, cloud)
    },
    async release(inputs) {
      const attempt = attempts.get(inputs)
      attempts.delete(inputs)
      if (attempt?.status === 'fulfilled') await attempt.value.target.kubernetes.close()
    },
  }
}

/**
 * What is begun here is waited for when it is needed. If it fails before that, nobody listens yet, and Node would end the process there and
 * then (https://nodejs.org/api/cli.html#--unhandled-rejectionsmode).
 */
function heardLater<T>(begun: Promise<T>): Promise<T> {
  begun.catch(() => {})
  return begun
}
