import { mayOnData } from '../arm/authorization.ts'
import type { User } from '../kubernetes/authentication.ts'
import type { Attributes, Decision } from '../kubernetes/rbac.ts'
import { type AksCluster, type AzureRbac, now, type RememberedDecision, type World } from '../world.ts'
import { dataActionsOf, subjectOf } from './data-actions.ts'

/** How AKS sets its authorizer up, as far as that is known; a cluster may have another. */
const usual: AzureRbac = {
  asked: 'after Kubernetes RBAC',
  strangers: 'no opinion',
  remembers: { questions: 2 },
  wildcards: 'refused',
  customResources: 'by name',
}

/** Whether role assignments count inside a cluster. */
export const hasAzureRbac = ({ arm }: AksCluster): boolean => arm.properties.aadProfile?.enableAzureRBAC ?? false

/** How a cluster's authorizer behaves. */
export const azureRbacOf = ({ azureRbac }: AksCluster): AzureRbac => ({ ...usual, ...azureRbac })

/**
 * Decides by the role assignments at a cluster or its namespace, as Guard does for AKS, in its words. It has no opinion on
 * Kubernetes' own accounts, and mostly none on who comes without an Entra object id. https://github.com/kubeguard/guard/tree/master/authz/providers/azure
 */
export function decideByAzureRbac(user: User, asked: Attributes, cluster: AksCluster, world: World): Decision {
  if (user.name.toLowerCase().startsWith('system:')) return noOpinion('Azure does not have opinion for this user.')
  const behaviour = azureRbacOf(cluster)
  const [oid] = user.extra?.oid ?? []
  if (oid === undefined) return stranger(behaviour)

  const subject = subjectOf(user.name, asked)
  const known = recall(cluster, subject, world)
  if (known) return verdict(known.allowed)

  if (isDiscovery(asked)) return verdict(true)
  if (!isGuid(oid)) return { ...verdict(false), reason: 'oid info sent from authentication module is not valid' }
  const needed = dataActionsOf(asked, behaviour)
  if ('error' in needed) return { ...noOpinion(''), error: needed.error }

  const principals = [oid, ...user.groups.filter(isGuid)]
  const scope = asked.isResource && asked.namespace ? `${cluster.arm.id}/namespaces/${asked.namespace}` : cluster.arm.id
  const allowed = needed.length > 0 && needed.every(dataAction => mayOnData(world, principals, dataAction, scope))
  remember(cluster, subject, allowed, world)
  return verdict(allowed)
}

/** What was decided of a subject, as long as that stands. */
function recall(cluster: AksCluster, subject: string, world: World): RememberedDecision | undefined {
  const known = cluster.azureDecisions?.[subject]
  if (!known) return undefined
  const stands = 'until' in known ? now(world) < known.until : known.questionsLeft > 0
  if (!stands) {
    delete cluster.azureDecisions![subject]
    return undefined
  }
  if ('questionsLeft' in known) known.questionsLeft -= 1
  return known
}

function remember(cluster: AksCluster, subject: string, allowed: boolean, world: World): void {
  const { remembers } = azureRbacOf(cluster)
  cluster.azureDecisions ??= {}
  cluster.azureDecisions[subject] =
    'questions' in remembers
      ? { allowed, questionsLeft: remembers.questions }
      : { allowed, until: now(world) + remembers.milliseconds }
}

/** Whoever is known to Entra may find out what the API server serves. */
const isDiscovery = (asked: Attributes): boolean =>
  !asked.isResource && asked.verb === 'get' && /^\/(api|openapi|version|healthz)/.test(asked.path)

const verdict = (allowed: boolean): Decision =>
  allowed
    ? { allowed, reason: 'Access allowed by Azure RBAC' }
    : {
        allowed,
        denied: true,
        reason: 'User does not have access to the resource in Azure. Update role assignment to allow access.',
      }

function stranger({ strangers }: AzureRbac): Decision {
  const advice = 'If you are an AAD user, please set Extra:oid parameter for impersonated user in the kubeconfig'
  if (strangers === 'no opinion') return noOpinion(`Azure does not have opinion for this non AAD user. ${advice}`)
  const remedy = 'Configure --azure.skip-authz-for-non-aad-users to enable access.'
  return { ...verdict(false), reason: `Access denied by Azure RBAC for non AAD users. ${remedy} ${advice}.` }
}

const noOpinion = (reason: string): Decision => ({ allowed: false, reason })

const isGuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
