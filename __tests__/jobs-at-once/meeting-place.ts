import type { World } from '../../sandbox/world.ts'
import { isClusterAdmin, mayOnboardTarget, mayPrepareHub, onboardingApplication } from '../../sandbox/worlds/access.ts'
import { argoCdOn } from '../../sandbox/worlds/argo-cd.ts'
import { worldOf } from '../../sandbox/worlds/builder.ts'
import { cluster } from '../../sandbox/worlds/clusters.ts'
import { hub } from '../driver/story.ts'

/** A hub with Argo CD, and targets `dev-rg/dev-0`, `dev-rg/dev-1` and so on. */
export function meetingPlace(targets: number): World {
  const references = Array.from({ length: targets }, (_, index) => `dev-rg/dev-${index}`)
  return worldOf(
    'meeting place',
    onboardingApplication,
    cluster(hub),
    argoCdOn(hub, { version: 'v3.5.1', layout: 'upstream' }),
    mayPrepareHub(hub),
    isClusterAdmin(hub),
    ...references.flatMap(reference => [cluster(reference), isClusterAdmin(reference)]),
    mayOnboardTarget('dev-rg/dev-0'),
  )
}
