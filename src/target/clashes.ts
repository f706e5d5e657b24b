import { serverKey } from '../argocd/cluster-secret.ts'
import type { Registrant } from '../argocd/registrations.ts'
import type { Refusal } from '../plan.ts'

/** A target of the job, as it is to be registered. */
export interface Applicant extends Registrant {
  /** As it is registered already; undefined where it is not. */
  now: Registrant | undefined
}

/** What must not be the same for two clusters of one Argo CD. */
const distinct = {
  name: {
    key: ({ name }: Registrant) => name,
    refusal: (one: Applicant, others: string): Refusal => ({
      what: `${one.id} is to be called ${one.name} in Argo CD, and so is ${others}`,
      why: 'Applications with destination.name fail where two clusters have one name',
      remedy:
        'Give each a name of its own with the input name, which may hold placeholders such as {resource-group}-{name}',
    }),
  },
  server: {
    key: ({ server }: Registrant) => serverKey(server),
    refusal: (one: Applicant, others: string): Refusal => ({
      what: `${one.id} is to be reached at ${one.server}, and so is ${others}`,
      why: 'Argo CD knows clusters by their server, and would take one of the two',
      remedy: 'Correct the input server: it is another URL for one cluster alone',
    }),
  },
  secretName: {
    key: ({ secretName }: Registrant) => secretName,
    refusal: (one: Applicant, others: string): Refusal => ({
      what: `${one.id} is to be registered by Secret ${one.secretName}, and so is ${others}`,
      why: 'a Secret stands for one cluster',
      remedy: 'Give each a name of its own with the input secret-name, or leave it empty',
    }),
  },
}

/**
 * What speaks against registering targets of one job together, by their ids. One that is registered so already keeps what it has:
 * only those that want the same are refused.
 */
export function clashes(applicants: Applicant[]): Map<string, Refusal[]> {
  const refusals = new Map<string, Refusal[]>()
  for (const { key, refusal } of Object.values(distinct)) {
    for (const [wanted, group] of Map.groupBy(applicants, key)) {
      if (group.length === 1) continue
      for (const one of group.filter(({ now }) => !now || key(now) !== wanted)) {
        const others = group.filter(other => other !== one).map(({ id }) => id)
        refusals.set(one.id, [...(refusals.get(one.id) ?? []), refusal(one, inWords(others))])
      }
    }
  }
  return refusals
}

/** The first few are enough to see what is wrong. */
const inWords = (ids: string[]): string =>
  ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(' and ')
