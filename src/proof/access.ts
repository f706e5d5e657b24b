import type { ManagedIdentity } from '../azure/azure.ts'
import { type Cluster, type ResourceAttributes, rightName } from '../kubernetes/cluster.ts'
import { KubernetesError } from '../kubernetes/errors.ts'
import type { Link } from './link.ts'
import type { Pledge } from './promises.ts'

/** How long a grant may take to be seen, and how often that is looked at. */
export interface Patience {
  deadline: number
  interval: number
}

/** API servers watch bindings, and one of several may be a moment behind. */
const BINDING: Patience = { deadline: 15_000, interval: 3_000 }
/** https://learn.microsoft.com/azure/role-based-access-control/troubleshooting#symptom---role-assignment-changes-are-not-being-detected */
const NEW_ASSIGNMENT: Patience = { deadline: 15 * 60_000, interval: 20_000 }
const NONE: Patience = { deadline: 0, interval: 0 }

/** How long to wait for a grant by role assignments that were made at these times; where none is known, for bindings. */
export function patienceFor(model: 'kubernetes' | 'azure', createdOn: string[]): Patience {
  if (model === 'kubernetes') return BINDING
  const isNew = createdOn.some(time => Date.now() - Date.parse(time) < NEW_ASSIGNMENT.deadline)
  return isNew ? NEW_ASSIGNMENT : NONE
}

/** What the proof of access takes. */
export interface Access {
  target: Cluster
  /** The target with the identity's own token; without it the caller asks about the identity. */
  asIdentity: Cluster | undefined
  identity: Pick<ManagedIdentity, 'clientId' | 'principalId'>
  pledges: Pledge[]
  patience: Patience
  onProgress(progress: string): void
}

/** Asks the target's authorizer what the identity may: with the identity's own token, else about it as the caller. */
export async function proveAccess(by: Access): Promise<Link> {
  const { target, asIdentity, identity, pledges } = by
  const link = { link: 'access' as const, of: `identity ${identity.clientId} on ${target.name}` }
  if (pledges.length === 0)
    return { ...link, outcome: 'not checked', detail: 'the role promises nothing that could be asked for' }
  try {
    const { kept, broken } = await tried(by)
    return broken.length === 0
      ? { ...link, outcome: 'proven', detail: `may ${kept.map(rightName).join(', ')}` }
      : { ...link, outcome: 'failed', detail: `may not ${broken.map(rightName).join(', ')}` }
  } catch (error) {
    if (!(error instanceof KubernetesError) || (error.status !== 401 && error.status !== 403)) throw error
    return asIdentity
      ? { ...link, outcome: 'failed', detail: `the API server does not accept the identity's token: ${error.message}` }
      : { ...link, outcome: 'not checked', detail: `the caller may not ask for others: ${error.message}` }
  }
}

/** Asks until all is allowed or there is no more patience; each time about something else, see `Pledge`. */
async function tried({ target, asIdentity, identity, pledges, patience, onProgress }: Access) {
  const ask = (questions: ResourceAttributes[]) =>
    asIdentity ? asIdentity.mayI(questions) : target.mayUser(identity.principalId, questions)
  const end = Date.now() + patience.deadline
  const kept = new Map<Pledge, ResourceAttributes>()
  for (let round = 0; ; round++) {
    const open = pledges.filter(pledge => !kept.has(pledge))
    const questions = open.map(pledge => pledge[round % pledge.length]!)
    const answers = await ask(questions)
    for (const [index, pledge] of open.entries()) if (answers[index]) kept.set(pledge, questions[index]!)
    const broken = questions.filter((_, index) => !answers[index])
    if (broken.length === 0 || Date.now() + patience.interval >= end)
      return { kept: pledges.flatMap(pledge => kept.get(pledge) ?? []), broken }
    if (patience.deadline > BINDING.deadline)
      onProgress(
        `${target.name} does not know the new role assignment yet: may not ${broken.map(rightName).join(', ')}`,
      )
    await new Promise(resolve => setTimeout(resolve, patience.interval))
  }
}
