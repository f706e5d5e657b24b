import { type Deployments, isMoved, isRenamed, type Resettling } from '../argocd/deployments.ts'
import { onStatus } from '../kubernetes/api.ts'
import {
  Application,
  ApplicationSet,
  AppProject,
  type Cluster,
  type Destination,
  type Kind,
  type KubernetesObject,
} from '../kubernetes/cluster.ts'

/** Undefined where the caller may not list a kind. */
type Listed = Promise<KubernetesObject[] | undefined>

/** Reads who may feel that a cluster comes to be known otherwise. Many clusters may change at once, so each kind is read once. */
export function deploymentsOn(hub: Cluster, namespace: string): (change: Resettling) => Promise<Deployments> {
  const known = new Map<string, Listed>()

  function listed(kind: Kind, destination: Destination): Listed {
    // By run-command Applications are read by their destination.
    const key = hub.commands && kind === Application ? JSON.stringify(destination) : kind.plural
    const found =
      known.get(key) ?? hub.argoCdObjects(kind, namespace, destination).catch(onStatus(403, () => undefined))
    known.set(key, found)
    return found
  }

  return async change => {
    // Of labels Applications and projects know nothing.
    const kinds = isMoved(change) || isRenamed(change) ? [ApplicationSet, Application, AppProject] : [ApplicationSet]
    const { server, name } = change.from
    const found = await Promise.all(kinds.map(kind => listed(kind, { server, name })))
    const [applicationSets = [], applications = [], appProjects = []] = found
    const unseen = kinds.filter((_, index) => found[index] === undefined).map(({ plural }) => plural)
    return { applications, applicationSets, appProjects, unseen }
  }
}
