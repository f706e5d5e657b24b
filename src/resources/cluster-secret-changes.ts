import { type ClusterConfig, configOf, type Registration, registeredCluster } from '../argocd/cluster-secret.ts'
import { differences } from '../diff.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import type { Change } from '../plan.ts'

/** Shows the registration's fields in place of base64. */
export function readable(changes: Change[], registration: Registration, live: KubernetesObject | undefined): Change[] {
  const plain = (data: unknown) => (typeof data === 'string' ? Buffer.from(data, 'base64').toString() : undefined)
  return changes.flatMap(change => {
    if (change.field === 'data.config') return configChanges(registration, live && registeredCluster(live).config)
    if (!change.field.startsWith('data.')) return [change]
    return [{ ...change, from: plain(change.from), to: plain(change.to) }]
  })
}

/** Of what the action does not write itself, no value is shown: it may be a password, a token, or a plugin's arguments with one. */
function configChanges(registration: Registration, live: ClusterConfig | undefined): Change[] {
  const wanted = configOf(registration)
  const set = differences(wanted, live, 'data.config').map(({ field, from, to }) => ({
    field,
    from: typeof from === 'object' ? HIDDEN : from,
    to,
  }))
  const taken = differences(live, wanted, 'data.config')
    .filter(({ from }) => from === undefined)
    .map(({ field }) => ({ field, from: HIDDEN, to: undefined }))
  return [...set, ...taken]
}

const HIDDEN = '(hidden)'
