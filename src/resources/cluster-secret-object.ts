import { type ClusterConfig, configOf, dataOf, SECRET_TYPE, textOf } from '../argocd/cluster-secret.ts'
import { differences } from '../diff.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import {
  ANNOTATIONS_ANNOTATION,
  GRANT_ANNOTATION,
  HUB_ANNOTATION,
  idAnnotation,
  LABELS_ANNOTATION,
  MANAGED_BY,
  TARGET_ANNOTATION,
} from '../mark.ts'
import type { WantedSecret } from './cluster-secret.ts'

type Values = Readonly<Record<string, string | undefined>>

/** The Secret as it is to be; what is undefined in it has to go. */
export function secretOf(wanted: WantedSecret, live: KubernetesObject | undefined): KubernetesObject {
  const { registration, namespace, hub, target } = wanted
  const labels = settled(
    { ...wanted.tagLabels, ...wanted.labels },
    live?.metadata.labels,
    keysIn(live, LABELS_ANNOTATION),
  )
  const annotations = settled(wanted.annotations, live?.metadata.annotations, keysIn(live, ANNOTATIONS_ANNOTATION))
  const data = dataOf(registration)
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: live?.metadata.name ?? wanted.secretName,
      namespace,
      labels: { ...labels.values, ...SECRET_TYPE, ...MANAGED_BY },
      annotations: {
        ...annotations.values,
        ...idAnnotation(HUB_ANNOTATION, hub, live),
        ...idAnnotation(TARGET_ANNOTATION, target, live),
        [GRANT_ANNOTATION]: wanted.grant,
        [LABELS_ANNOTATION]: labels.keys,
        [ANNOTATIONS_ANNOTATION]: annotations.keys,
      },
    },
    type: live?.type ?? 'Opaque',
    data: Object.fromEntries(
      Object.entries({
        ...data,
        config: sameJson(live?.data?.config, configOf(registration)) ?? data.config,
        namespaces:
          live && sameList(textOf(live, 'namespaces'), data.namespaces) ? textOf(live, 'namespaces') : data.namespaces,
      }).map(([key, text]) => [key, text && base64(text)]),
    ),
  } as KubernetesObject
}

/**
 * Values with those that were set by us and are wanted no longer, and the keys of what is ours among them: what somebody else had set to the
 * same value before is theirs. Kept on the object, since by run-command nobody sees who owns a field.
 */
function settled(wanted: Values, live: Values = {}, ours: string[]): { values: Values; keys: string | undefined } {
  const gone = ours.filter(key => wanted[key] === undefined).map(key => [key, undefined])
  const set = Object.keys(wanted).filter(
    key => wanted[key] !== undefined && (ours.includes(key) || live[key] !== wanted[key]),
  )
  const present = Object.entries(wanted).filter(([, value]) => value !== undefined)
  return { values: Object.fromEntries([...gone, ...present]), keys: set.sort().join(',') || undefined }
}

const keysIn = (live: KubernetesObject | undefined, annotation: string): string[] =>
  (live?.metadata.annotations?.[annotation] ?? '').split(',').filter(key => key !== '')

/** Argo CD writes `config` anew in its own order of fields: what says the same is left as it is. */
function sameJson(data: string | undefined, wanted: ClusterConfig): string | undefined {
  const text = Buffer.from(data ?? '', 'base64').toString()
  try {
    const live = JSON.parse(text)
    const same = differences(wanted, live).length === 0 && differences(live, wanted).length === 0
    return same ? text : undefined
  } catch {
    return undefined
  }
}

/** Argo CD takes blanks and any order (https://github.com/argoproj/argo-cd/blob/v3.5.1/util/db/cluster.go). */
function sameList(live: string, wanted: string | undefined): boolean {
  const items = (text: string) =>
    new Set(
      text
        .split(',')
        .map(item => item.trim())
        .filter(item => item !== ''),
    )
  const [one, other] = [items(live), items(wanted ?? '')]
  return one.size > 0 && one.size === other.size && one.isSubsetOf(other)
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
