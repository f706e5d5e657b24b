import {
  configOf,
  dataOf,
  type RegisteredCluster,
  registeredCluster,
  sameServer,
  textOf,
} from '../argocd/cluster-secret.ts'
import type { Registrant } from '../argocd/registrations.ts'
import { sameResource } from '../azure/resource-id.ts'
import { differences } from '../diff.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { isOurs, TARGET_ANNOTATION } from '../mark.ts'
import type { Refusal } from '../plan.ts'
import type { WantedSecret } from './cluster-secret.ts'

/** The Secret that registers the target, as found, or why none can be written. `orphaned`: ours, which Argo CD does not know at present. */
export type Match =
  | { kind: 'none' }
  | { kind: 'ours' | 'equal' | 'adopted' | 'orphaned'; secret: KubernetesObject }
  | { kind: 'refused'; refusal: Refusal }

/** Tells whether a Secret is about a cluster, by its resource id or one of its URLs. */
export const isAbout =
  (target: string, { server, otherServers }: Pick<Registrant, 'server' | 'otherServers'>) =>
  (cluster: RegisteredCluster): boolean =>
    sameResource(cluster.secret.metadata.annotations?.[TARGET_ANNOTATION] ?? '', target) ||
    [server, ...otherServers].some(url => sameServer(cluster.server, url))

const isTarget = ({ target, registration: { server }, otherServers }: WantedSecret) =>
  isAbout(target, { server, otherServers })

/**
 * Looks for the target by resource id, by server and by name among all cluster Secrets, because Argo CD notices neither two Secrets for one
 * server nor two clusters of one name, and then takes either (https://github.com/argoproj/argo-cd/issues/9606). One of the `others`, which
 * Argo CD need not know, may be ours or in the way.
 */
export function findSecret(wanted: WantedSecret, registered: RegisteredCluster[], others: KubernetesObject[]): Match {
  const { registration, mayAdopt } = wanted
  const candidates = registered.filter(isTarget(wanted))
  const namesake = registered.find(cluster => cluster.name === registration.name && !candidates.includes(cluster))
  if (candidates.length > 1) return refused(severalSecrets(wanted, candidates))
  if (namesake) return refused(nameTaken(wanted, namesake))
  const [candidate] = candidates
  if (!candidate) return findUnregistered(wanted, registered, others)
  if (isOurs(candidate.secret)) return { kind: 'ours', secret: candidate.secret }
  const different = misfits(wanted, candidate)
  if (different.length === 0) return { kind: 'equal', secret: candidate.secret }
  if (!mayAdopt) return refused(foreign(wanted, candidate, different))
  const obstacle = ownedByAnother(wanted, candidate) ?? anotherProject(wanted, candidate)
  return obstacle ? refused(obstacle) : { kind: 'adopted', secret: candidate.secret }
}

/** `argocd cluster rm` takes the label from a Secret that it did not make and leaves it: ours is put back to use. */
function findUnregistered(wanted: WantedSecret, registered: RegisteredCluster[], others: KubernetesObject[]): Match {
  const { secretName, mayAdopt } = wanted
  const orphan = others.filter(isOurs).map(registeredCluster).find(isTarget(wanted))
  if (orphan) return { kind: 'orphaned', secret: orphan.secret }
  const another = registered.find(cluster => nameOf(cluster) === secretName)
  if (another) return refused(secretNameTaken(wanted, another))
  const secret = others.find(({ metadata }) => metadata.name === secretName)
  if (!secret) return { kind: 'none' }
  return mayAdopt ? { kind: 'adopted', secret } : refused(noClusterSecret(wanted))
}

/** What of the registration another tool's Secret does not say: extra environment of the plugin is its own affair. */
function misfits(wanted: WantedSecret, { name, server, config, secret }: RegisteredCluster): string[] {
  const { registration } = wanted
  if (!config) return ['config, which Argo CD cannot read']
  const { name: _, server: __, config: ___, ...optional } = dataOf(registration)
  const { labels = {}, annotations = {} } = secret.metadata
  return [
    ...(name === registration.name ? [] : [`name ${JSON.stringify(name)}`]),
    ...(sameServer(server, registration.server) ? [] : [`server ${JSON.stringify(server)}`]),
    ...Object.entries(optional)
      .filter(([key, value]) => textOf(secret, key) !== (value ?? ''))
      .map(([key]) => `${key} ${JSON.stringify(textOf(secret, key))}`),
    ...differences(configOf(registration), config).map(({ field }) => `config.${field}`),
    ...differences({ ...wanted.tagLabels, ...wanted.labels }, labels).map(({ field }) => `label ${field}`),
    ...differences(wanted.annotations, annotations).map(({ field }) => `annotation ${field}`),
  ]
}

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

/** What a controller makes it also sets back. */
function ownedByAnother({ namespace }: WantedSecret, candidate: RegisteredCluster): Refusal | undefined {
  const owner = candidate.secret.metadata.ownerReferences?.find(({ controller }) => controller)
  return (
    owner && {
      what: `Secret ${namespace}/${nameOf(candidate)} belongs to ${owner.kind} ${owner.name}`,
      why: 'whoever made it from that would set it back, and two would write it in turns',
      remedy: `Register the cluster through ${owner.kind} ${owner.name}, or take it out there first`,
    }
  )
}

/** With the project its Applications would lose or gain what only they may use. */
function anotherProject({ registration, namespace }: WantedSecret, candidate: RegisteredCluster): Refusal | undefined {
  const project = textOf(candidate.secret, 'project')
  if (project === '' || project === registration.project) return undefined
  return {
    what: `Secret ${namespace}/${nameOf(candidate)} is for the project ${project} alone, and the input project says ${registration.project ?? 'nothing'}`,
    why: 'taken over so, the cluster would be open to other projects than before',
    remedy: `Keep it with project: ${project}, or take the project out of the Secret, and run again`,
  }
}
