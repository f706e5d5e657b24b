import type { ManagedIdentity } from '../azure/azure.ts'
import { type Cluster, type ResourceAttributes, rightName } from '../kubernetes/cluster.ts'
import { KubernetesError } from '../kubernetes/errors.ts'
import type { Link } from './link.ts'

/** What a role that promises everything promises in particular; `*` alone is refused by Azure's authorizer. */
const ADMINISTRATOR: ResourceAttributes[] = [
  { verb: 'list', group: '', resource: 'namespaces' },
  { verb: 'create', group: '', resource: 'namespaces' },
  { verb: 'get', group: '', resource: 'secrets', namespace: 'kube-system' },
  { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'default' },
  { verb: 'delete', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
]

/** Asks the target's authorizer what the identity may: with the identity's own token, else about it as the caller. */
export async function proveAccess(
  target: Cluster,
  asIdentity: Cluster | undefined,
  identity: Pick<ManagedIdentity, 'clientId' | 'principalId'>,
): Promise<Link> {
  const link = { link: 'access' as const, of: `identity ${identity.clientId} on ${target.name}` }
  try {
    const answers = asIdentity
      ? await asIdentity.mayI(ADMINISTRATOR)
      : await target.mayUser(identity.principalId, ADMINISTRATOR)
    const denied = ADMINISTRATOR.filter((_, index) => !answers[index])
    return denied.length === 0
      ? { ...link, outcome: 'proven', detail: `may ${ADMINISTRATOR.map(rightName).join(', ')}` }
      : { ...link, outcome: 'failed', detail: `may not ${denied.map(rightName).join(', ')}` }
  } catch (error) {
    if (!(error instanceof KubernetesError) || (error.status !== 401 && error.status !== 403)) throw error
    return asIdentity
      ? { ...link, outcome: 'failed', detail: `the API server does not accept the identity's token: ${error.message}` }
      : { ...link, outcome: 'not checked', detail: `the caller may not ask for others: ${error.message}` }
  }
}
