import { type Installer, installerOf, nameOf } from '../argocd/installers/installer.ts'
import { type Interference, type Lifetime, lifetimeOf, type SyncPolicy } from '../argocd/installers/lifetime.ts'
import { judge } from '../argocd/versions.ts'
import type { ArgoCdWorkload } from '../argocd/workloads.ts'
import type { Explanation } from '../failure.ts'
import type { HubInputs } from '../inputs.ts'
import type { Action, Refusal } from '../plan.ts'
import { ACCOUNT, OUR_ANNOTATIONS, OWN_ACCOUNT, ownAccountOf } from '../resources/workload.ts'

/** What is wanted of a workload, and what stands in the way. */
interface Wanted {
  action: Action
  refusals: Refusal[]
}

/**
 * A change that whoever installs Argo CD takes back is refused, since Argo CD would lose its clusters the moment it has them; one that
 * lasts until they apply again is told as such.
 */
export function asItLasts(
  { action, refusals }: Wanted,
  found: ArgoCdWorkload,
  sync: SyncPolicy | undefined,
  allow: HubInputs['allow'],
): Wanted {
  const installer = installerOf(found.object)
  const lasting = (lifetime: Lifetime) =>
    interferences(action, found).filter(by => lifetimeOf(installer, by, sync) === lifetime)
  const [gone, passing] = [lasting('taken back at once'), lasting('until the next apply')]
  if (gone.length > 0 && !allow.has('reverted-patch')) {
    return { action, refusals: [...refusals, takenBack(action, installer, gone)] }
  }
  const notes = [
    ...(gone.length > 0
      ? [`${nameOf(installer)} takes back ${wordsFor(gone)} at once, and Argo CD signs in only until then`]
      : []),
    ...(passing.length > 0 ? [atNextApply(installer, wordsFor(passing))] : []),
  ]
  if (notes.length === 0) return { action, refusals }
  const before = action.note ? `${action.note}; ` : ''
  return {
    action: { ...action, note: `${before}${notes.join('; ')}: the output permanent-form holds what lasts` },
    refusals,
  }
}

const atNextApply = (installer: Installer, what: string): string =>
  installer.conflicts
    ? `the next upgrade by ${nameOf(installer)} stops at a conflict over ${what}`
    : `${nameOf(installer)} brings back ${what} with its next apply`

/** In which ways an action changes what the installer looks after; what goes back to how the installer left it is no change to it. */
function interferences({ changes }: Action, found: ArgoCdWorkload): Interference[] {
  const kinds = changes
    .filter(({ field, to }) => to !== undefined && !(field === ACCOUNT && to === ownAccountOf(found)))
    .filter(({ field }) => !field.includes(OWN_ACCOUNT))
    .map(({ field }): Interference => {
      if (field === ACCOUNT) return 'account'
      return OUR_ANNOTATIONS.some(key => field.includes(key)) ? 'restart' : 'fields'
    })
  return [...new Set(kinds)]
}

const wordsFor = (interferences: Interference[]): string =>
  interferences.map(by => (by === 'account' ? 'the service account' : 'what is added to the pods')).join(' and ')

const takenBack = ({ id }: Action, installer: Installer, gone: Interference[]): Refusal => ({
  what: `${id} belongs to ${nameOf(installer)}`,
  why: `it takes back ${wordsFor(gone)} as soon as it is changed`,
  remedy:
    'Put into its own configuration what the output permanent-form and the job summary hold, then run again; with allow: reverted-patch it is changed all the same, and Argo CD signs in until it is taken back',
})

/** What the versions of Argo CD say of its sign-in to Azure. */
export function versionGate({ hubCluster, allow }: HubInputs, workloads: ArgoCdWorkload[]) {
  const refusals: Refusal[] = []
  const warnings: Explanation[] = []
  for (const image of new Set(workloads.map(({ container }) => container.image ?? ''))) {
    const judgement = judge(image)
    if (judgement.kind === 'unknown') warnings.push(unknownVersion(hubCluster.name, image))
    if (judgement.kind !== 'broken') continue
    const { version, why, upgradeTo } = judgement
    const broken = { what: `Argo CD ${version} on ${hubCluster.name} cannot sign in to Azure`, why }
    const upgrade = `Upgrade Argo CD to ${upgradeTo} or later`
    if (allow.has('broken-argo-cd'))
      warnings.push({ ...broken, remedy: `${upgrade}; until then its clusters stay out of reach` })
    else {
      const remedy = `${upgrade}; with allow: broken-argo-cd the hub is prepared all the same, and its clusters stay out of reach until then`
      refusals.push({ ...broken, remedy })
    }
  }
  return { refusals, warnings }
}

const unknownVersion = (hub: string, image: string): Explanation => ({
  what: `Which version of Argo CD runs on ${hub} is not known`,
  why: `its image ${image || '(none)'} has no tag that names a release`,
  remedy: 'See to it that it is none of v2.14.3 and v3.0.0 to v3.0.6, whose sign-in to Azure is broken',
})
