import type { World } from '../world.ts'
import {
  isClusterAdmin,
  mayOnboardTarget,
  mayPrepareHub,
  mayReadSubscription,
  onboardingApplication,
} from './access.ts'
import { argoCdOn } from './argo-cd.ts'
import { type Part, subscription, worldOf } from './builder.ts'
import { cluster, isStopped } from './clusters.ts'

const hub = 'argocd-rg/argocd-aks'

/** What a fleet consists of. */
export interface FleetOptions {
  /** References of the targets; they may name subscriptions that the world is to have. */
  targets: string[]
  /** Of every target. */
  tags?: Record<string, string>
  /** Those that are stopped. */
  stopped?: string[]
}

/** A hub with Argo CD, and targets in any subscription, of which nothing is onboarded. */
export function fleetOf({ targets, tags = { 'argocd-fleet': 'on' }, stopped = [] }: FleetOptions): World {
  const elsewhere = [...new Set(targets.flatMap(reference => reference.split('/').slice(0, -2)))]
  const subscriptions: Part[] = elsewhere.flatMap(name => [subscription(name), mayReadSubscription(name)])
  const groups = new Map(targets.map(reference => [reference.slice(0, reference.lastIndexOf('/')), reference]))
  return worldOf(
    'fleet',
    onboardingApplication,
    ...subscriptions,
    mayReadSubscription('Contoso Platform'),
    cluster(hub),
    argoCdOn(hub, { version: 'v3.5.1', layout: 'upstream' }),
    mayPrepareHub(hub),
    isClusterAdmin(hub),
    ...targets.flatMap(reference => [cluster(reference, { tags }), isClusterAdmin(reference)]),
    ...[...groups.values()].map(mayOnboardTarget),
    ...stopped.map(isStopped),
  )
}
