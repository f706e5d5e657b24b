import { registeredCluster } from '../argocd/cluster-secret.ts'
import {
  changedKeys,
  type Deployments,
  isMoved,
  isRenamed,
  type Resettling,
  type Touched,
  touchedBy,
} from '../argocd/deployments.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { isOurs, OUR_PREFIX } from '../mark.ts'
import type { Refusal } from '../plan.ts'
import type { WantedSecret } from './cluster-secret.ts'

/** What those who deploy to a registered cluster would notice of its new Secret; undefined where that is nothing. */
export function resettling(
  { registration }: WantedSecret,
  live: KubernetesObject,
  object: KubernetesObject,
): Resettling | undefined {
  const { name, server } = registeredCluster(live)
  const { labels = {}, annotations = {} } = live.metadata
  const change: Resettling = {
    from: { name, server, labels, annotations: notOurs(annotations) },
    to: {
      name: registration.name,
      server: registration.server,
      labels: present({ ...labels, ...object.metadata.labels }),
      annotations: notOurs(present({ ...annotations, ...object.metadata.annotations })),
    },
    // By run-command no more is read of what others made than what cannot be a secret.
    partly: !live.metadata.resourceVersion && !isOurs(live),
  }
  return isMoved(change) || isRenamed(change) || changedLabels(change).length > 0 ? change : undefined
}

/** What stands in the way of a change that is felt, and what has to be told where it may be made. */
export function effectsOf(
  wanted: WantedSecret,
  secret: string,
  change: Resettling,
  deployments: Deployments,
): { refusals: Refusal[]; note: string | undefined } {
  const touched = touchedBy(change, deployments)
  const refusals = [
    ...(wanted.mayRetarget ? [] : retargetRefusals(secret, change, touched, deployments)),
    ...(wanted.mayRelabel
      ? []
      : [...relabelRefusals(secret, change, touched, deployments), ...tagRefusals(wanted, secret, change)]),
  ]
  const { retargeted, relabelled, following } = touched
  const felt = [...retargeted, ...relabelled, ...following]
  const note = felt.length > 0 ? `felt by ${listed(felt)}` : undefined
  return { refusals, note: note && deployments.unseen.length > 0 ? `${note}; ${notAll(deployments)}` : note }
}

function retargetRefusals(secret: string, change: Resettling, touched: Touched, deployments: Deployments): Refusal[] {
  const { from, to } = change
  const changes = [
    ...(isRenamed(change) ? [`name (${from.name} -> ${to.name})`] : []),
    ...(isMoved(change) ? [`server (${from.server} -> ${to.server})`] : []),
  ].join(' and ')
  if (changes === '' || (touched.retargeted.length === 0 && deployments.unseen.length === 0)) return []
  return [
    {
      what: `${secret} would change its ${changes}, and ${feltBy(touched.retargeted, deployments)}`,
      why: 'what names the old one loses its cluster, and an ApplicationSet that makes Applications by it deletes those, by default with all that they deployed',
      remedy: `Keep it with the input ${isRenamed(change) ? 'name' : 'server'}, or change these first, or let it happen with allow: retarget`,
    },
  ]
}

function relabelRefusals(secret: string, change: Resettling, touched: Touched, deployments: Deployments): Refusal[] {
  const unseen = deployments.unseen.filter(kind => kind === 'applicationsets')
  if (changedLabels(change).length === 0 || (touched.relabelled.length === 0 && unseen.length === 0)) return []
  return [
    {
      what: `${secret} would change its labels or annotations (${changedLabels(change).join(', ')}), and ${feltBy(touched.relabelled, { ...deployments, unseen })}`,
      why: 'Argo CD deletes the Applications of a cluster that an ApplicationSet selects no longer, by default with all that they deployed, and deploys to one that it comes to select',
      remedy: 'Keep them with the inputs labels, annotations and tag-labels, or let it happen with allow: relabel',
    },
  ]
}

/** Labels that come from tags are what others than the author of the workflow can write. */
function tagRefusals({ tagLabels, target }: WantedSecret, secret: string, { from, to }: Resettling): Refusal[] {
  const changed = Object.keys(tagLabels).filter(
    key => from.labels[key] !== undefined && from.labels[key] !== to.labels[key],
  )
  return changed.map(key => ({
    what: `${secret} has the label ${key}=${from.labels[key]}, and a tag of the cluster now says ${to.labels[key] ?? 'nothing'}`,
    why: 'whoever may tag a cluster would decide what is deployed to it',
    remedy: `Correct the tag of ${target}, or let the label follow it with allow: relabel`,
  }))
}

const changedLabels = ({ from, to }: Resettling): string[] => [
  ...changedKeys(from.labels, to.labels),
  ...changedKeys(from.annotations, to.annotations),
]

const feltBy = (felt: string[], deployments: Deployments): string =>
  [
    ...(felt.length > 0 ? [`${listed(felt)} would feel it`] : []),
    ...(deployments.unseen.length > 0 ? [notAll(deployments)] : []),
  ].join('; ')

const notAll = ({ unseen }: Deployments): string =>
  `who else would cannot be told, since the caller may not list ${unseen.map(kind => `${kind}.argoproj.io`).join(' and ')}`

const MOST = 10
const listed = (texts: string[]): string =>
  texts.length > MOST ? `${texts.slice(0, MOST).join(', ')} and ${texts.length - MOST} more` : texts.join(', ')

const present = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))

/** Templates have no use for what we note down for ourselves. */
const notOurs = (annotations: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(OUR_PREFIX)))
