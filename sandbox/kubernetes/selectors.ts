import type { KubernetesObject } from '../world.ts'
import type { Resource } from './resources.ts'
import { badRequest } from './status.ts'

/** metav1.LabelSelector, as in a Deployment's `spec.selector`. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

type Labels = Record<string, string>
type Requirement = (labels: Labels) => boolean

/** Whether labels satisfy a selector object; an empty one takes all. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels = {}): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key in labels
      if (operator === 'DoesNotExist') return !(key in labels)
      const isIn = labels[key] !== undefined && values.includes(labels[key])
      return operator === 'In' ? isIn : !isIn
    })
  )
}

/** Reads `labelSelector` of a query (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api). */
export function parseLabelSelector(text: string): Requirement {
  const requirements = splitTopLevel(text).map(part => parseRequirement(part.trim(), text))
  return labels => requirements.every(requirement => requirement(labels))
}

const key = '([A-Za-z0-9./_-]+)'

function parseRequirement(part: string, whole: string): Requirement {
  const set = new RegExp(`^${key}\\s+(in|notin)\\s*\\(([^()]*)\\)$`).exec(part)
  if (set) {
    const values = set[3]!.split(',').map(value => value.trim())
    const isIn = (labels: Labels) => labels[set[1]!] !== undefined && values.includes(labels[set[1]!]!)
    return set[2] === 'in' ? isIn : labels => !isIn(labels)
  }
  const equation = new RegExp(`^${key}\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`).exec(part)
  if (equation) {
    const [, name = '', operator, value] = equation
    return operator === '!=' ? labels => labels[name] !== value : labels => labels[name] === value
  }
  const presence = new RegExp(`^(!?)\\s*${key}$`).exec(part)
  if (presence) return labels => presence[2]! in labels !== (presence[1] === '!')
  throw badRequest(`unable to parse requirement: found '${part}', in '${whole}'`)
}

function splitTopLevel(text: string): string[] {
  return text === '' ? [] : text.split(/,(?![^(]*\))/)
}

/** Reads `fieldSelector` of a query; each kind knows a few fields only. Throws 400 for others. */
export function parseFieldSelector(text: string, { kind }: Resource): (object: KubernetesObject) => boolean {
  const requirements = text
    .split(',')
    .filter(Boolean)
    .map(part => {
      const [, field = '', operator, value = ''] = /^([^=!]*)(==|=|!=)(.*)$/.exec(part) ?? []
      if (operator === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`)
      const known = selectable[kind]
      if (known && !known.includes(field)) throw badRequest(`field label not supported: ${field}`)
      if (!known && !common.includes(field)) {
        throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`)
      }
      return (object: KubernetesObject) => (valueAt(object, field) === value) !== (operator === '!=')
    })
  return object => requirements.every(requirement => requirement(object))
}

const common = ['metadata.name', 'metadata.namespace']

/** Kinds with fields of their own: k8s.io/kubernetes, pkg/apis/core/v1/conversion.go. */
const selectable: Record<string, string[]> = {
  Secret: [...common, 'type'],
  Namespace: ['metadata.name', 'status.phase'],
  Pod: [
    ...[...common, 'spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'],
    ...['spec.hostNetwork', 'status.phase', 'status.podIP', 'status.nominatedNodeName'],
  ],
}

function valueAt(object: KubernetesObject, path: string): string {
  const value = path
    .split('.')
    .reduce<unknown>((inner, field) => (inner as Record<string, unknown> | undefined)?.[field], object)
  return value === undefined ? '' : String(value)
}
