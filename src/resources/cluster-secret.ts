import {
  type ClusterConfig,
  configOf,
  type RegisteredCluster,
  type Registration,
  registeredCluster,
  SECRET_TYPE,
  sameServer,
} from '../argocd/cluster-secret.ts'
import type { Registrant } from '../argocd/registrations.ts'
import { sameResource } from '../azure/resource-id.ts'
import { differences } from '../diff.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { GRANT_ANNOTATION, HUB_ANNOTATION, idAnnotation, isOurs, MANAGED_BY, TARGET_ANNOTATION } from '../mark.ts'
import { type Action, type Change, type Refusal, unchanged } from '../plan.ts'
import { applied } from './kubernetes-object.ts'

/** What the Secret has to say, and for which clusters. */
export interface WantedSecret {
  namespace: string
  /** Name of a Secret that is not there yet; one that is found keeps its own. */
  secretName: string
  registration: Registration
  /** Further URLs of the target, by which Argo CD may know it already. */
  otherServers: string[]
  hub: string
  target: string
  /** How the identity is let in: written last, so that it is true of what it stands beside. */
  grant: string
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
 * (https://github.com/argoproj/argo-cd/issues/9606). One of the `others`, which Argo CD need not know, may be ours or in the way.
 */
export function clusterSecret(
  wanted: WantedSecret,
  registered: RegisteredCluster[],
  others: KubernetesObject[],
  needs: string[],
): { action: Action; refusals: Refusal[] } {
  const match = find(wanted, registered, others)
  const live = 'secret' in match ? match.secret : undefined
  const object = secretOf(wanted, live)
  const { name } = object.metadata
  const id = `cluster Secret ${wanted.namespace}/${name}`
  if (match.kind === 'refused') return { action: unchanged(id), refusals: [match.refusal] }
  if (match.kind === 'equal') {
    const { server } = registeredCluster(match.secret)
    return { action: unchanged(id, { name, server }, 'made by another tool, and right'), refusals: [] }
  }
  const { action, refusals } = applied({ id, at: 'hub', object, live, ours: true, needs })
  return {
    action: {
      ...action,
      found: { name, server: wanted.registration.server },
      changes: readable(action.changes, wanted, live),
      onceProven: true,
      ...(match.kind === 'adopted' ? { note: 'taken over from another tool, as the input allow says' } : {}),
    },
    refusals,
  }
}

/** Tells whether a Secret is about a cluster, by its resource id or one of its URLs. */
export const isAbout =
  (target: string, { server, otherServers }: Pick<Registrant, 'server' | 'otherServers'>) =>
  (cluster: RegisteredCluster): boolean =>
    sameResource(annotation(cluster.secret, TARGET_ANNOTATION), target) ||
    [server, ...otherServers].some(url => sameServer(cluster.server, url))

const isTarget = ({ target, registration: { server }, otherServers }: WantedSecret) =>
  isAbout(target, { server, otherServers })

function find(wanted: WantedSecret, registered: RegisteredCluster[], others: KubernetesObject[]): Match {
  const { registration, mayAdopt } = wanted
  const candidates = registered.filter(isTarget(wanted))
  const namesake = registered.find(cluster => cluster.name === registration.name && !candidates.includes(cluster))
  if (candidates.length > 1) return refused(severalSecrets(wanted, candidates))
  if (namesake) return refused(nameTaken(wanted, namesake))
  const [candidate] = candidates
  if (!candidate) return findUnregistered(wanted, registered, others)
  if (isOurs(candidate.secret)) return { kind: 'ours', secret: candidate.secret }
  const different = misfits(registration, candidate)
  if (different.length === 0) return { kind: 'equal', secret: candidate.secret }
  return mayAdopt ? { kind: 'adopted', secret: candidate.secret } : refused(foreign(wanted, candidate, different))
}

/** `argocd cluster rm` takes the label from a Secret that it did not make and leaves it: ours is put back to use. */
function findUnregistered(wanted: WantedSecret, registered: RegisteredCluster[], others: KubernetesObject[]): Match {
  const { secretName, mayAdopt } = wanted
  const orphan = others.filter(isOurs).map(registeredCluster).find(isTarget(wanted))
  if (orphan) return { kind: 'ours', secret: orphan.secret }
  const another = registered.find(cluster => nameOf(cluster) === secretName)
  if (another) return refused(secretNameTaken(wanted, another))
  const secret = others.find(({ metadata }) => metadata.name === secretName)
  if (!secret) return { kind: 'none' }
  return mayAdopt ? { kind: 'adopted', secret } : refused(noClusterSecret(wanted))
}

function secretOf(wanted: WantedSecret, live: KubernetesObject | undefined): KubernetesObject {
  const { registration, namespace, hub, target, grant } = wanted
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const config = sameJson(live?.data?.config, configOf(registration)) ?? JSON.stringify(configOf(registration))
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: live?.metadata.name ?? wanted.secretName,
      namespace,
      labels: { ...SECRET_TYPE, ...MANAGED_BY },
      annotations: {
        ...idAnnotation(HUB_ANNOTATION, hub, live),
        ...idAnnotation(TARGET_ANNOTATION, target, live),
        [GRANT_ANNOTATION]: grant,
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

const annotation = (secret: KubernetesObject, key: string): string => secret.metadata.annotations?.[key] ?? ''

/** What of the registration another tool's Secret does not say: extra environment of the plugin is its own affair. */
function misfits(registration: Registration, { name, server, config }: RegisteredCluster): string[] {
  if (!config) return ['config, which Argo CD cannot read']
  return [
    ...(name === registration.name ? [] : [`name ${JSON.stringify(name)}`]),
    ...(sameServer(server, registration.server) ? [] : [`server ${JSON.stringify(server)}`]),
    ...differences(configOf(registration), config).map(({ field }) => `config.${field}`),
  ]
}

/** Shows the registration's fields in place of base64. */
function readable(changes: Change[], { registration }: WantedSecret, live: KubernetesObject | undefined): Change[] {
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

const refused = (refusal: Refusal): Match => ({ kind: 'refused', refusal })
const nameOf = ({ secret }: RegisteredCluster): string => secret.metadata.name

const severalSecrets = ({ registration, namespace }: WantedSecret, candidates: RegisteredCluster[]): Refusal => ({
  what: `${registration.name} is registered ${candidates.length} times in ${namespace}, by the Secrets ${candidates.map(nameOf).join(' and ')}`,
  why: 'Argo CD takes any one of several Secrets for a server, and deleting one later drops the cluster for all',
  remedy: `Delete all but one (kubectl -n ${namespace} delete secret NAME) and run again`,
})

const secretNameTaken = ({ secretName, namespace }: WantedSecret, { name, server }: RegisteredCluster): Refusal => ({
  what: `Secret ${namespace}/${secretName} registers another cluster, ${name} (${server})`,
  why: 'a Secret stands for one cluster, and Argo CD would move to this one what it deploys to that',
  remedy: 'Choose another name with the input secret-name, or leave it empty',
})

const noClusterSecret = ({ secretName, namespace }: WantedSecret): Refusal => ({
  what: `A Secret ${namespace}/${secretName} is there already and is no cluster Secret`,
  why: 'it may hold what somebody still needs',
  remedy: 'Choose another name with the input secret-name, or delete it, or take it over with allow: adopt',
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
