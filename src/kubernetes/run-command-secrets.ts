import { randomBytes } from 'node:crypto'
import { SECRET_TYPE_LABEL } from '../argocd/cluster-secret.ts'
import {
  ANNOTATIONS_ANNOTATION,
  GRANT_ANNOTATION,
  HUB_ANNOTATION,
  LABELS_ANNOTATION,
  MANAGED_BY_LABEL,
  TARGET_ANNOTATION,
} from '../mark.ts'
import type { KubernetesObject } from './cluster.ts'

/** What run-command lets out of cluster Secrets, and the Secrets that are built again from that. */
export interface Projection {
  /** A jsonpath template. */
  template: string
  parse(text: string, namespace: string): KubernetesObject[]
}

const annotationPath = (key: string) => `.metadata.annotations.${key.replaceAll('.', '\\.')}`
const labelPath = (key: string) => `.metadata.labels.${key.replaceAll('.', '\\.')}`

/** What is read of every Secret: nothing of it can be a secret, and none of it holds a `|` or a line break. The script looks at the first three. */
const FIELDS = [
  '.metadata.name',
  '.data.server',
  annotationPath(TARGET_ANNOTATION),
  '.data.name',
  '.data.namespaces',
  '.data.clusterResources',
  '.data.project',
  '.data.shard',
  '.type',
  annotationPath(HUB_ANNOTATION),
  annotationPath(GRANT_ANNOTATION),
  labelPath(MANAGED_BY_LABEL),
  labelPath(SECRET_TYPE_LABEL),
  '.metadata.ownerReferences',
]

/** Labels and annotations are read of Secrets of ours alone. */
const OUR_FIELDS = ['.metadata.labels', annotationPath(LABELS_ANNOTATION), annotationPath(ANNOTATIONS_ANNOTATION)]

/** Projects Secrets that may be anybody's. */
export const projection = (): Projection => projectionOf(FIELDS, [])

/** Projects Secrets of ours, with their labels and some annotations. */
export const projectionOfOurs = (annotations: string[]): Projection =>
  projectionOf([...FIELDS, ...OUR_FIELDS], annotations)

/** An annotation may hold anything, so what parts annotations and ends a Secret is drawn anew for every reading. */
function projectionOf(fields: string[], annotations: string[]): Projection {
  const nonce = randomBytes(6).toString('hex')
  const [next, end] = [`${nonce},`, `${nonce}.`]
  const values = annotations.map(key => `{"${next}"}{${annotationPath(key)}}`).join('')
  return {
    template: `{range .items[*]}${fields.map(field => `{${field}}`).join('{"|"}')}${values}{"${end}\\n"}{end}`,
    parse(text, namespace) {
      const secrets: KubernetesObject[] = []
      const parts = `${text}\n`.split(`${end}\n`)
      for (const [index, part] of parts.entries()) {
        // A wanted Secret's config follows in a line of its own, behind a tab.
        const [, config, rest = ''] = /^(?:\t(.*)\n)?([\s\S]*)$/.exec(part) ?? []
        if (config !== undefined && config !== 'withheld')
          secrets.at(-1)!.data.config = Buffer.from(config).toString('base64')
        if (index === parts.length - 1) break
        const [head = '', ...values] = rest.split(next)
        secrets.push(
          secretOf(head.split('|'), namespace, Object.fromEntries(annotations.map((key, n) => [key, values[n]]))),
        )
      }
      return secrets
    },
  }
}

function secretOf(
  fields: string[],
  namespace: string,
  annotations: Record<string, string | undefined>,
): KubernetesObject {
  const [name = '', server, target, displayName, namespaces, clusterResources, project, shard, type, hub, grant] =
    fields
  const [managedBy, secretType, ownerReferences, labels, labelKeys, annotationKeys] = fields.slice(11)
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: labels ? JSON.parse(labels) : present({ [MANAGED_BY_LABEL]: managedBy, [SECRET_TYPE_LABEL]: secretType }),
      annotations: present({
        ...Object.fromEntries((annotationKeys || '').split(',').map(key => [key, UNREAD])),
        ...annotations,
        [HUB_ANNOTATION]: hub,
        [GRANT_ANNOTATION]: grant,
        [TARGET_ANNOTATION]: target,
        [LABELS_ANNOTATION]: labelKeys,
        [ANNOTATIONS_ANNOTATION]: annotationKeys,
      }),
      ...(ownerReferences && { ownerReferences: JSON.parse(ownerReferences) }),
    },
    type,
    data: present({ server, name: displayName, namespaces, clusterResources, project, shard }),
  }
}

/** Stands for the value of an annotation that we set once and that nobody asks for any more. */
const UNREAD = '(hidden)'

/** jsonpath prints nothing for what is not there. */
const present = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[0] && entry[1])))
