import {
  podHasToken,
  type TemplateWithToken,
  type TokenWanted,
  templateGivesToken,
  templateWithToken,
} from '../argocd/token-source.ts'
import { webhookObstacles } from '../argocd/webhook-obstacles.ts'
import { type ArgoCdWorkload, isAsleep, title } from '../argocd/workloads.ts'
import { differences } from '../diff.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { isOursToKeep } from '../kubernetes/ownership.ts'
import { podsOf, rolloutState } from '../kubernetes/rollout-state.ts'
import { fingerprint } from '../mark.ts'
import { type Action, isLater, type Later, type Refusal } from '../plan.ts'
import { applied } from './kubernetes-object.ts'

/** What the workloads' tokens depend on. */
export interface TokenSettings extends TokenWanted {
  issuer: string | Later
  /** The dedicated account of the seed's layout; without it each workload keeps its own. */
  serviceAccount: string | undefined
}

/** The one field that is taken from the installer, where the input `service-account` asks for it. */
export const ACCOUNT = 'spec.template.spec.serviceAccountName'
/** Says which account the installer had chosen, for the way back. */
export const OWN_ACCOUNT = 'argo-aks-onboard/own-service-account'

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
  settings: TokenSettings,
  needs: string[],
): { action: Action; refusals: Refusal[] } {
  const { issuer, audience, serviceAccount } = settings
  const live = found.object
  const { apiVersion, kind } = live
  const { name, namespace = '' } = live.metadata
  const template = live.spec.template
  const pods = podsOf(live, allPods)
  const wanted = seenWith(settings, template, pods)
  const source = templateWithToken(found, wanted)
  const account = ownAccountOf(found)
  const spec = {
    ...(serviceAccount || isOursToKeep(live, ACCOUNT) ? { serviceAccountName: serviceAccount ?? account } : {}),
    ...source.spec,
  }
  const isDifferent = differences({ metadata: { labels: source.labels }, spec }, template).length > 0
  const isOver = rolloutState(live, pods).kind === 'complete'
  const lacking = podsWithoutToken(found, allPods, wanted)
  const annotations = {
    ...issuerAnnotation(template, issuer, isDifferent),
    ...restartAnnotation(template, isOver ? lacking : []),
  }
  const remembered = serviceAccount && account !== serviceAccount ? { annotations: { [OWN_ACCOUNT]: account } } : {}
  const { action, refusals } = applied({
    id: title(found),
    at: 'hub',
    object: {
      apiVersion,
      kind,
      metadata: { name, namespace, ...remembered },
      spec: { template: { ...metadataOf(source, annotations), ...(Object.keys(spec).length > 0 ? { spec } : {}) } },
    },
    live,
    ours: false,
    mayTake: [ACCOUNT],
    needs,
  })
  const isWritten = action.writes.length > 0
  const awaited = (isWritten || lacking.length > 0) && !isAsleep(found)
  const notes = [source.instead && `its token comes from ${source.instead}`, ...(isWritten ? notesOn(found) : [])]
  const note = notes.filter(Boolean).join('; ')
  return {
    action: {
      ...action,
      ...(note ? { note } : {}),
      ...(awaited ? { rollout: { apiVersion, kind, name, namespace, audience } } : {}),
    },
    refusals: [
      ...refusals,
      ...(settings.tokenSource === 'webhook' && source.isOurs ? webhookObstacles(found) : []),
      ...(isWritten && live.spec.paused ? [paused(found)] : []),
    ],
  }
}

/** Pods that came up without the token that their template gives them by now. */
export const podsWithoutToken = (
  { object }: ArgoCdWorkload,
  allPods: KubernetesObject[],
  wanted: TokenWanted,
): KubernetesObject[] => {
  const pods = podsOf(object, allPods)
  const { template } = object.spec
  return templateGivesToken(template, seenWith(wanted, template, pods))
    ? pods.filter(pod => !podHasToken(pod, wanted.audience))
    : []
}

/** The account that the installer chose, also where ours is in its place for now. */
export const ownAccountOf = ({ object, serviceAccount }: ArgoCdWorkload): string =>
  (isOursToKeep(object, ACCOUNT) && object.metadata.annotations?.[OWN_ACCOUNT]) || serviceAccount

/** Where pods have a token that their template does not give them, a webhook of somebody's own runs, whatever AKS says of its own. */
const seenWith = <Wanted extends TokenWanted>(
  wanted: Wanted,
  template: KubernetesObject,
  pods: KubernetesObject[],
): Wanted => ({
  ...wanted,
  webhook:
    wanted.webhook || (!podHasToken(template, wanted.audience) && pods.some(pod => podHasToken(pod, wanted.audience))),
})

function metadataOf({ labels }: TemplateWithToken, annotations: Record<string, string>) {
  const metadata = {
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  }
  return Object.keys(metadata).length > 0 ? { metadata } : {}
}

type Template = { metadata?: { annotations?: Record<string, string> } }

/**
 * Written with the first change or with a new issuer, and kept in step from then on; a template that is right without it is not
 * touched for its sake.
 */
const issuerAnnotation = ({ metadata }: Template, issuer: string | Later, isDifferent: boolean) =>
  isDifferent || isLater(issuer) || metadata?.annotations?.[ISSUER] !== undefined ? { [ISSUER]: issuer as string } : {}

/** Pods that run without a token under a template that has one are made again, by a value that a second look does not change. */
function restartAnnotation({ metadata }: Template, lacking: KubernetesObject[]) {
  const held = metadata?.annotations?.[RESTARTED_FOR]
  const uids = lacking.map(pod => pod.metadata.uid ?? '').sort()
  const value = lacking.length > 0 ? fingerprint(...uids) : held
  return value === undefined ? {} : { [RESTARTED_FOR]: value }
}

function notesOn(found: ArgoCdWorkload): string[] {
  const { updateStrategy } = found.object.spec
  if (isAsleep(found)) return ['it has no replicas for now; its pods will have the token once it is scaled up']
  return updateStrategy?.type === 'OnDelete'
    ? ['its pods are replaced only when somebody deletes them (updateStrategy OnDelete)']
    : []
}

const paused = (found: ArgoCdWorkload): Refusal => {
  const { name, namespace = '' } = found.object.metadata
  return {
    what: `${title(found)} is paused`,
    why: 'its pods would not be made again with what it lacks until somebody resumes it',
    remedy: `Resume it (kubectl -n ${namespace} rollout resume deployment/${name}) and run again`,
  }
}
