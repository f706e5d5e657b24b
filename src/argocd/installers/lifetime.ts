import type { Installer, InstallerKind } from './installer.ts'

/**
 * What is done to a workload. `fields`: fields are added that the installer does not set. `account`: the service account that it sets is
 * replaced. `restart`: its pods are made anew, and remain so even where the annotation that made them goes.
 */
export type Interference = 'fields' | 'account' | 'restart'

/** How long it lasts. */
export type Lifetime = 'lasts' | 'until the next apply' | 'taken back at once'

/** How Argo CD syncs itself, where its Application was read. */
export interface SyncPolicy {
  selfHeal: boolean
  replaces: boolean
}

type Known = Pick<Installer, 'kind' | 'replaces'>

/**
 * Merges, by client or server, keep list items and map keys that only others set, and bring back what the installer sets itself
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy). Flux brings it back at every interval
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/). The operator compares labels, annotations, environment, volumes and mounts
 * of the pods, and never the account (argocd-operator v0.18.0, controllers/argocd/deployment.go and statefulset.go). The extension
 * reconciles its release.
 */
const merged = { fields: 'lasts', account: 'until the next apply' } as const
const LIFETIMES: Record<InstallerKind, Record<'fields' | 'account', Lifetime>> = {
  kubectl: merged,
  'server-side apply': merged,
  helm: merged,
  'flux-helm': merged,
  'flux-kustomize': { fields: 'lasts', account: 'taken back at once' },
  'argo-cd': { fields: 'lasts', account: 'taken back at once' },
  operator: { fields: 'taken back at once', account: 'lasts' },
  extension: { fields: 'taken back at once', account: 'taken back at once' },
  unknown: merged,
}

/**
 * How long a change of a workload lasts under its installer. An Argo CD that installs itself heals what differs from Git where its sync
 * policy says so, and drops added fields where it replaces (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/).
 */
export function lifetimeOf({ kind, replaces }: Known, interference: Interference, sync?: SyncPolicy): Lifetime {
  if (interference === 'restart') return 'lasts'
  if (kind === 'argo-cd') {
    if (interference === 'fields' && (replaces || sync?.replaces)) return 'until the next apply'
    if (interference === 'account' && sync?.selfHeal === false) return 'until the next apply'
  }
  return LIFETIMES[kind][interference]
}
