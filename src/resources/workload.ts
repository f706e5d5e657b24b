import { podHasToken, podSpecWithToken } from '../argocd/token-source.ts'
import { type ArgoCdWorkload, title } from '../argocd/workloads.ts'
import { differences } from '../diff.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { isOursToKeep } from '../kubernetes/ownership.ts'
import { podsOf, rolloutState } from '../kubernetes/rollout.ts'
import { fingerprint } from '../mark.ts'
import { type Action, isLater, type Later, type Refusal } from '../plan.ts'
import { applied } from './kubernetes-object.ts'

/** What the workloads' tokens depend on. */
export interface TokenSettings {
  issuer: string | Later
  audience: string
  /** The dedicated account of the seed's layout; without it each workload keeps its own. */
  serviceAccount: string | undefined
}

/** The one field that is taken from the installer, where the input `service-account` asks for it. */
export const ACCOUNT = 'spec.template.spec.serviceAccountName'

/** Changes with the issuer, so that pods which hold tokens of an old one are made again. */
const ISSUER = 'argo-aks-onboard/oidc-issuer'
/** Changes with the pods that came up without a token, so that these are made again, once. */
const RESTARTED_FOR = 'argo-aks-onboard/restarted-for'
/** They change nothing but the age of the pods. */
export const OUR_ANNOTATIONS = [ISSUER, RESTARTED_FOR]

/**
 * A workload of Argo CD gets the service account token that Entra takes, and its pods run with it. Only additive fields are applied;
 * the one exception is the dedicated account's name, which the installer owns and the input `service-account` asks for.
 */
export function workload(
  found: ArgoCdWorkload,
  allPods: KubernetesObject[],
  { issuer, audience, serviceAccount }: TokenSettings,
  needs: string[],
): { action: Action; refusals: Refusal[] } {
  const live = found.object
  const { apiVersion, kind } = live
  const { name, namespace = '' } = live.metadata
  const template = live.spec.template
  const spec = {
    ...(serviceAccount || isOursToKeep(live, ACCOUNT)
      ? { serviceAccountName: serviceAccount ?? found.serviceAccount }
      : {}),
    ...podSpecWithToken(found, audience),
  }
  const specDiffers = differences(spec, template.spec).length > 0
  const isOver = rolloutState(live, podsOf(live, allPods)).kind === 'complete'
  const without = podsWithoutToken(found, allPods, audience)
  const annotations = {
    ...issuerAnnotation(template, issuer, specDiffers),
    ...restartAnnotation(template, isOver ? without : []),
  }
  const { action, refusals } = applied({
    id: title(found),
    at: 'hub',
    object: {
      apiVersion,
      kind,
      metadata: { name, namespace },
      spec: { template: { ...(Object.keys(annotations).length > 0 ? { metadata: { annotations } } : {}), spec } },
    },
    live,
    ours: false,
    mayTake: [ACCOUNT],
    needs,
  })
  const awaited = action.writes.length > 0 || without.length > 0
  return { action: { ...action, ...(awaited ? { rollout: { apiVersion, kind, name, namespace } } : {}) }, refusals }
}

/** Pods that came up without the token that their template has by now. */
export const podsWithoutToken = (
  { object }: ArgoCdWorkload,
  allPods: KubernetesObject[],
  audience: string,
): KubernetesObject[] =>
  podHasToken(object.spec.template, audience) ? podsOf(object, allPods).filter(pod => !podHasToken(pod, audience)) : []

type Template = { metadata?: { annotations?: Record<string, string> } }

/**
 * Written with the first change or with a new issuer, and kept in step from then on; a template that is right without it is not
 * touched for its sake.
 */
const issuerAnnotation = ({ metadata }: Template, issuer: string | Later, specDiffers: boolean) =>
  specDiffers || isLater(issuer) || metadata?.annotations?.[ISSUER] !== undefined ? { [ISSUER]: issuer as string } : {}

/** Pods that run without a token under a template that has one are made again, by a value that a second look does not change. */
function restartAnnotation({ metadata }: Template, without: KubernetesObject[]) {
  const held = metadata?.annotations?.[RESTARTED_FOR]
  const uids = without.map(pod => pod.metadata.uid ?? '').sort()
  const value = without.length > 0 ? fingerprint(...uids) : held
  return value === undefined ? {} : { [RESTARTED_FOR]: value }
}
