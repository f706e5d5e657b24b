import {
  isClusterSecret,
  type RegisteredCluster,
  type Registration,
  registeredCluster,
} from '../argocd/cluster-secret.ts'
import type { Deployments, Resettling } from '../argocd/deployments.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { type Action, type Refusal, unchanged } from '../plan.ts'
import { readable } from './cluster-secret-changes.ts'
import { effectsOf, resettling } from './cluster-secret-effects.ts'
import { findSecret, type Match } from './cluster-secret-match.ts'
import { secretOf } from './cluster-secret-object.ts'
import { applied } from './kubernetes-object.ts'

/** What the Secret has to say, and for which clusters. */
export interface WantedSecret {
  namespace: string
  /** Name of a Secret that is not there yet; one that is found keeps its own. */
  secretName: string
  registration: Registration
  /** Further URLs of the target, by which Argo CD may know it already. */
  otherServers: string[]
  hub: string
  target: string
  /** How the identity is let in: written last, so that it is true of what it stands beside. */
  grant: string
  labels: Readonly<Record<string, string>>
  /** Labels that say what tags of the cluster say; undefined where there is no such tag. */
  tagLabels: Readonly<Record<string, string | undefined>>
  annotations: Readonly<Record<string, string>>
  mayAdopt: boolean
  mayRetarget: boolean
  mayRelabel: boolean
}

/** The target is registered once; `deployments` are needed where the change of a Secret may be felt. */
export function clusterSecret(
  wanted: WantedSecret,
  registered: RegisteredCluster[],
  others: KubernetesObject[],
  needs: string[],
  deployments: Deployments | undefined,
): { action: Action; refusals: Refusal[] } {
  const match = findSecret(wanted, registered, others)
  const live = 'secret' in match ? match.secret : undefined
  const object = secretOf(wanted, live)
  const { name } = object.metadata
  const id = `cluster Secret ${wanted.namespace}/${name}`
  if (match.kind === 'refused') return { action: unchanged(id), refusals: [match.refusal] }
  if (match.kind === 'equal') {
    const { server } = registeredCluster(match.secret)
    return { action: unchanged(id, { name, server }, 'made by another tool, and right'), refusals: [] }
  }
  const { action, refusals } = applied({ id, at: 'hub', object, live, ours: true, needs })
  const change = changeOf(match, wanted, object)
  const effects =
    change && deployments ? effectsOf(wanted, `Cluster ${id.slice('cluster '.length)}`, change, deployments) : undefined
  const notes = [
    ...(match.kind === 'adopted' ? ['taken over from another tool, as the input allow says'] : []),
    ...(effects?.note ? [effects.note] : []),
  ]
  return {
    action: {
      ...action,
      found: { name, server: wanted.registration.server },
      changes: readable(action.changes, wanted.registration, live),
      onceProven: true,
      ...(notes.length > 0 && { note: notes.join('; ') }),
    },
    refusals: [...refusals, ...(effects?.refusals ?? [])],
  }
}

/** What Applications and ApplicationSets would feel of the new Secret: where it is something, they have to be looked at first. */
export function feltChange(
  wanted: WantedSecret,
  registered: RegisteredCluster[],
  others: KubernetesObject[],
): Resettling | undefined {
  const match = findSecret(wanted, registered, others)
  return changeOf(match, wanted, secretOf(wanted, 'secret' in match ? match.secret : undefined))
}

/** Argo CD does not know yet what nobody registered, and no longer what has lost its label. */
const changeOf = (match: Match, wanted: WantedSecret, object: KubernetesObject): Resettling | undefined =>
  match.kind === 'ours' || (match.kind === 'adopted' && isClusterSecret(match.secret))
    ? resettling(wanted, match.secret, object)
    : undefined
