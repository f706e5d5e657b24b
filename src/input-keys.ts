import { SECRET_TYPE_LABEL } from './argocd/cluster-secret.ts'
import { label } from './input-forms.ts'
import { MANAGED_BY_LABEL, OUR_PREFIX } from './mark.ts'
import { labelKeyOf } from './target/tag-labels.ts'

/** What is wrong with the keys of an input, and what to do about it. */
interface KeyFault {
  input: string
  problem: string
  remedy: string
}

/** Labels by which Argo CD and the action know a cluster Secret. */
export const isTakenLabel = (key: string): boolean =>
  [SECRET_TYPE_LABEL, MANAGED_BY_LABEL].includes(key) || key.startsWith(OUR_PREFIX)

/** Annotations that Argo CD, kubectl and the action write themselves. */
export const isTakenAnnotation = (key: string): boolean =>
  ['managed-by', 'argocd.argoproj.io/refresh', 'kubectl.kubernetes.io/last-applied-configuration'].includes(key) ||
  key.startsWith(OUR_PREFIX)

/** A tag is written by whoever may tag the cluster: it becomes no label that means something to Kubernetes, to Argo CD or to the action. */
const isReserved = (key: string): boolean =>
  isTakenLabel(key) || /^([^/]+\.)?(kubernetes\.io|k8s\.io|argoproj\.io)\//.test(key)

/** Keys of an input that are taken. */
export const faultyKeys = (input: string, keys: string[], isTaken: (key: string) => boolean): KeyFault[] =>
  keys.filter(isTaken).map(key => ({
    input,
    problem: `sets ${key}, which is the action's own or Argo CD's`,
    remedy: 'Remove it, or choose another key.',
  }))

/** Tags that cannot become labels, and those that become the same label as another tag or an entry of `labels`. */
export function faultyTagLabels(tags: readonly string[], labels: string[]): KeyFault[] {
  const fault = (problem: string, remedy: string) => ({ input: 'tag-labels', problem, remedy })
  return tags.flatMap((tag, index) => {
    const key = labelKeyOf(tag)
    const twin = tags.slice(0, index).find(other => labelKeyOf(other).toLowerCase() === key.toLowerCase())
    if (!label.isKey(key)) return [fault(`names ${tag}, of which no label key can be made`, 'Remove it.')]
    if (isReserved(key))
      return [fault(`names ${tag}, and that label is reserved`, 'Set it with the input `labels`, or not at all.')]
    if (twin !== undefined)
      return [fault(`names ${twin} and ${tag}, which become the same label ${key}`, 'Remove one of them.')]
    return labels.includes(key)
      ? [
          fault(
            `names ${tag}, which becomes the label ${key}, and \`labels\` sets that, too`,
            'Remove it from one of them.',
          ),
        ]
      : []
  })
}
