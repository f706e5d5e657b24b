import type { KubernetesObject } from '../world.ts'

/** Who writes an object, as managedFields remember it. */
export interface Writer {
  manager: string
  operation: 'Apply' | 'Update'
}

/** `kubectl apply` as most people run it: the three-way merge happens in kubectl, the server sees updates. */
export const kubectlApply: Writer = { manager: 'kubectl-client-side-apply', operation: 'Update' }

const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** An object as it is after `kubectl apply` of what was given: with the annotation in which kubectl remembers that. */
export function lastApplied(given: KubernetesObject, live: KubernetesObject = given): KubernetesObject {
  const { annotations = {} } = given.metadata
  const note = { [annotation]: `${asGoWrites(sorted({ ...given, metadata: { ...given.metadata, annotations } }))}\n` }
  return { ...live, metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, ...note } } }
}

/** What `kubectl apply` was given for an object that is there. */
export const remembered = ({ metadata }: KubernetesObject): KubernetesObject =>
  JSON.parse(metadata.annotations?.[annotation] ?? '')

/** Go's encoding/json keeps its text fit for HTML. */
const asGoWrites = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&]/g, sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** kubectl writes the annotation with the keys in alphabetical order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]))
}
