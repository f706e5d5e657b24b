import { azureRbacOf, decideByAzureRbac, hasAzureRbac } from '../azure-rbac/authorizer.ts'
import type { AksCluster, World } from '../world.ts'
import type { User } from './authentication.ts'
import { type Attributes, type Decision, decideByRbac } from './rbac.ts'
import type { RequestInfo } from './request-info.ts'
import { forbidden, internalError } from './status.ts'

/** Asks one authorizer after the other; the first that allows or denies has decided, as in kube-apiserver's union of them. */
export function authorize(user: User, asked: Attributes, cluster: AksCluster, world: World): Decision {
  if (user.groups.includes('system:masters')) return { allowed: true, reason: '' }
  const undecided: Decision[] = []
  for (const decide of authorizersOf(cluster)) {
    const decision = decide(user, asked, cluster, world)
    if (decision.allowed || decision.denied) return decision
    undecided.push(decision)
  }
  const reason = undecided.flatMap(({ reason }) => reason || []).join('\n')
  const error = undecided.flatMap(({ error }) => error ?? []).join(', ')
  return { allowed: false, reason, ...(error && { error }) }
}

/** Throws where what is asked is not allowed, in the API server's words: 403, or 500 where an authorizer could not say. */
export function refuseUnauthorized(user: User, asked: RequestInfo, cluster: AksCluster, world: World): void {
  const { allowed, reason, error } = authorize(user, asked, cluster, world)
  if (allowed) return
  if (error) throw internalError(error)
  const why = `User "${user.name}" cannot ${asked.verb} ${describe(asked)}`
  const { apiVersion, resource, name } = asked.isResource ? asked : { apiVersion: 'v1', resource: '', name: '' }
  throw forbidden({ apiVersion, plural: resource }, name, reason ? `${why}: ${reason}` : why)
}

type Authorizer = (user: User, asked: Attributes, cluster: AksCluster, world: World) => Decision

const byRbac: Authorizer = (user, asked, { kubernetes }) => decideByRbac(user, asked, kubernetes)

/** On AKS this one is a webhook, and the API server says of a webhook that fails no more than this. */
const byAzureRbac: Authorizer = (...question) => {
  const { error, ...decision } = decideByAzureRbac(...question)
  const heard = `an error on the server (${JSON.stringify(error)}) has prevented the request from succeeding`
  return { ...decision, ...(error && { error: heard }) }
}

function authorizersOf(cluster: AksCluster): Authorizer[] {
  if (!hasAzureRbac(cluster)) return [byRbac]
  const isFirst = azureRbacOf(cluster).asked === 'before Kubernetes RBAC'
  return isFirst ? [byAzureRbac, byRbac] : [byRbac, byAzureRbac]
}

function describe(asked: RequestInfo): string {
  if (!asked.isResource) return `path "${asked.path}"`
  const what = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource
  const where = asked.namespace ? `in the namespace "${asked.namespace}"` : 'at the cluster scope'
  return `resource "${what}" in API group "${asked.group}" ${where}`
}
