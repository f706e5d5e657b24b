import {
  type ClusterConfig,
  configOf,
  type RegisteredCluster,
  type Registration,
  SECRET_TYPE,
  sameServer,
  secretNameOf,
} from '../argocd/cluster-secret.ts'
import { sameResource } from '../azure/resource-id.ts'
import { differences } from '../diff.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { HUB_ANNOTATION, isOurs, MANAGED_BY, TARGET_ANNOTATION } from '../mark.ts'
import type { Action, Refusal } from '../plan.ts'
import { applied } from './kubernetes-object.ts'

/** What the Secret has to say, and for which clusters. */
export interface WantedSecret {
  namespace: string
  /** Name of a Secret that is not there yet; one that is found keeps its own. */
  secretName: string | undefined
  registration: Registration
  hub: string
  target: string
  mayAdopt: boolean
}

/** The Secret that registers the target, as found, or why none can be written. */
type Match =
  | { kind: 'none' }
  | { kind: 'ours' | 'equal' | 'adopted'; secret: KubernetesObject }
  | { kind: 'refused'; refusal: Refusal }

/**
 * The target is registered once. Looked up by resource id, by server and by name among all cluster Secrets, because Argo CD
 * notices neither two Secrets for one server nor two clusters of one name, and then takes either
 * (https://github.com/argoproj/argo-cd/issues/9606).
 */
export function clusterSecret(
  wanted: WantedSecret,
  registered: RegisteredCluster[],
  ofThatName: KubernetesObject | undefined,
  needs: string[],
): { action: Action; refusals: Refusal[] } {
  const name = wanted.secretName ?? secretNameOf(wanted.registration.server)
  const match = find(wanted, registered, ofThatName)
  const live = 'secret' in match ? match.secret : undefined
  const object = secretOf(wanted, live?.metadata.name ?? name, live)
  const id = `cluster Secret ${wanted.namespace}/${object.metadata.name}`
  const found = { name: object.metadata.name }
  if (match.kind === 'equal')
    return { action: { ...untouched(id), found, note: 'made by another tool, and right' }, refusals: [] }
  if (match.kind === 'refused') return { action: untouched(id), refusals: [match.refusal] }
  const { action, refusals } = applied({ id, at: 'hub', object, live, ours: true, needs })
  return {
    action: {
      ...action,
      found,
      changes: readable(action.changes, wanted, live),
      onceProven: true,
      ...(match.kind === 'adopted' ? { note: 'taken over from another tool, as the input allow says' } : {}),
    },
    refusals,
  }
}

/** Which of the Secrets registers the target. Exported for its table of cases. */
export function find(
  wanted: WantedSecret,
  registered: RegisteredCluster[],
  ofThatName: KubernetesObject | undefined,
): Match {
  const { registration, target, mayAdopt } = wanted
  const byId = registered.filter(({ secret }) => sameResource(annotation(secret, TARGET_ANNOTATION), target))
  const byServer = registered.filter(({ server }) => sameServer(server, registration.server))
  const candidates = [...new Set([...byId, ...byServer])]
  const namesake = registered.find(cluster => cluster.name === registration.name && !candidates.includes(cluster))
  if (candidates.length > 1) return refused(severalSecrets(wanted, candidates))
  if (namesake) return refused(nameTaken(wanted, namesake))
  const [candidate] = candidates
  if (!candidate) return orphanOrNone(wanted, ofThatName)
  if (isOurs(candidate.secret)) return { kind: 'ours', secret: candidate.secret }
  const different = misfits(registration, candidate)
  if (different.length === 0) return { kind: 'equal', secret: candidate.secret }
  return mayAdopt ? { kind: 'adopted', secret: candidate.secret } : refused(foreign(wanted, candidate, different))
}

/** `argocd cluster rm` takes the label from a Secret that it did not make and leaves it: ours is put back to use. */
function orphanOrNone(wanted: WantedSecret, ofThatName: KubernetesObject | undefined): Match {
  if (!ofThatName) return { kind: 'none' }
  if (isOurs(ofThatName) || wanted.mayAdopt)
    return { kind: isOurs(ofThatName) ? 'ours' : 'adopted', secret: ofThatName }
  const { name, namespace } = ofThatName.metadata
  return refused({
    what: `A Secret ${namespace}/${name} is there already and is no cluster Secret`,
    why: 'it may hold what somebody still needs',
    remedy: 'Choose another name with the input secret-name, or delete it, or take it over with allow: adopt',
  })
}

function secretOf(wanted: WantedSecret, name: string, live: KubernetesObject | undefined): KubernetesObject {
  const { registration, namespace, hub, target } = wanted
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const config = sameJson(live?.data?.config, configOf(registration)) ?? JSON.stringify(configOf(registration))
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: { ...SECRET_TYPE, ...MANAGED_BY },
      annotations: {
        [HUB_ANNOTATION]: sameId(live, HUB_ANNOTATION, hub),
        [TARGET_ANNOTATION]: sameId(live, TARGET_ANNOTATION, target),
      },
    },
    type: live?.type ?? 'Opaque',
    data: {
      name: base64(registration.name),
      server: base64(registration.server),
      config: base64(config),
    },
  }
}

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

/** ARM ids differ in case from one day to the next. */
function sameId(live: KubernetesObject | undefined, key: string, wanted: string): string {
  const held = live ? annotation(live, key) : ''
  return sameResource(held, wanted) ? held : wanted
}

const annotation = (secret: KubernetesObject, key: string): string => secret.metadata.annotations?.[key] ?? ''

/** What of the registration another tool's Secret does not say: extra environment of the plugin is its own affair. */
function misfits(registration: Registration, { name, config }: RegisteredCluster): string[] {
  if (config instanceof Error) return [`config, which Argo CD cannot read (${config.message})`]
  return [
    ...(name === registration.name ? [] : [`name ${JSON.stringify(name)}`]),
    ...differences(configOf(registration), config).map(({ field }) => `config.${field}`),
  ]
}

/** Shows the registration's fields in place of base64. */
function readable(changes: Action['changes'], wanted: WantedSecret, live: KubernetesObject | undefined) {
  const plain = (data: string | undefined) => (data === undefined ? undefined : Buffer.from(data, 'base64').toString())
  return changes.flatMap(change => {
    if (!change.field.startsWith('data.')) return [change]
    const from = plain(change.from as string | undefined)
    if (change.field !== 'data.config') return [{ ...change, from, to: plain(change.to as string) }]
    return differences(configOf(wanted.registration), parsed(plain(live?.data?.config)), 'data.config')
  })
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

const untouched = (id: string): Action => ({
  id,
  kind: 'unchanged',
  changes: [],
  writes: [],
  needs: [],
  permissions: [],
  found: {},
})

const refused = (refusal: Refusal): Match => ({ kind: 'refused', refusal })
const nameOf = ({ secret }: RegisteredCluster): string => secret.metadata.name

const severalSecrets = ({ registration, namespace }: WantedSecret, candidates: RegisteredCluster[]): Refusal => ({
  what: `${registration.name} is registered ${candidates.length} times in ${namespace}, by the Secrets ${candidates.map(nameOf).join(' and ')}`,
  why: 'Argo CD takes any one of several Secrets for a server, and deleting one later drops the cluster for all',
  remedy: `Delete all but one (kubectl -n ${namespace} delete secret NAME) and run again`,
})

const nameTaken = ({ registration, namespace }: WantedSecret, namesake: RegisteredCluster): Refusal => ({
  what: `The name ${registration.name} already stands for ${namesake.server}, by Secret ${namespace}/${nameOf(namesake)}`,
  why: 'Applications with destination.name fail where two clusters have one name',
  remedy: 'Choose another name for this cluster with the input name',
})

const foreign = (
  { registration, namespace }: WantedSecret,
  candidate: RegisteredCluster,
  different: string[],
): Refusal => ({
  what: `${registration.server} is already registered by Secret ${namespace}/${nameOf(candidate)}, which another tool made`,
  why: `it differs in ${different.join(', ')}`,
  remedy:
    'Take it over with allow: adopt (it keeps its name and its labels, and name, server and config are written anew), or delete it, and run again',
})
