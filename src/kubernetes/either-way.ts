import type { Cluster } from './cluster.ts'
import { KubernetesError, UnreachableError } from './errors.ts'

/**
 * A cluster that is reached directly as long as its API server answers the runner, and by run-command once its first reads found
 * that it does not. An answer that is no success is an answer, and a certificate of somebody else is no reason to look away.
 */
export function eitherWay(
  direct: Cluster,
  byRunCommand: () => Cluster,
  onTurn: (why: UnreachableError) => void,
): Cluster {
  let way = direct

  async function first<T>(attempt: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      return await attempt(way)
    } catch (error) {
      if (!(error instanceof UnreachableError) || error.isUntrusted) throw error
      if (way === direct) {
        way = byRunCommand()
        onTurn(error)
      }
      return await attempt(way).catch(otherwise => {
        throw otherwise instanceof KubernetesError ? otherwise : Object.assign(error, { otherwise })
      })
    }
  }

  return {
    name: direct.name,
    get commands() {
      return way.commands
    },
    read: (reads, foreseen) => first(cluster => cluster.read(reads, foreseen)),
    clusterSecrets: (namespace, wanted) => first(cluster => cluster.clusterSecrets(namespace, wanted)),
    argoCdObjects: (...wanted) => way.argoCdObjects(...wanted),
    clusterLogins: (namespace, clientId) => way.clusterLogins(namespace, clientId),
    apply: (object, live, force) => way.apply(object, live, force),
    delete: reference => way.delete(reference),
    serviceAccountToken: (...account) => way.serviceAccountToken(...account),
    mayI: questions => way.mayI(questions),
    mayUser: (objectId, questions) => way.mayUser(objectId, questions),
    close: () => direct.close(),
  }
}
