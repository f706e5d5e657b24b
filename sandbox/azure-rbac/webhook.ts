import { stringify } from 'yaml'
import type { SandboxResponse } from '../exchange.ts'
import type { User } from '../kubernetes/authentication.ts'
import type { Attributes } from '../kubernetes/rbac.ts'
import type { AksCluster, World } from '../world.ts'
import { azureRbacOf, decideByAzureRbac, hasAzureRbac } from './authorizer.ts'

/** A SubjectAccessReview as a kube-apiserver sends it; it leaves out whatever is empty. */
interface Review {
  spec: {
    user?: string
    groups?: string[]
    extra?: Record<string, string[]>
    resourceAttributes?: Partial<Omit<Extract<Attributes, { isResource: true }>, 'isResource'>>
    nonResourceAttributes?: { path?: string; verb?: string }
  }
}

/**
 * Answers a kube-apiserver that asks whether somebody may do something: the authorization webhook that AKS runs beside clusters with
 * Azure RBAC. A question that cannot be answered is a 500. https://kubernetes.io/docs/reference/access-authn-authz/webhook
 */
export function answerReview(body: string, cluster: AksCluster, world: World): SandboxResponse {
  const review = JSON.parse(body) as Review
  const { user = '', groups = [], extra = {}, resourceAttributes, nonResourceAttributes } = review.spec
  const subject: User = { name: user, groups, extra }
  const nothing = { verb: '', group: '', resource: '', subresource: '', name: '', namespace: '' }
  const asked: Attributes = nonResourceAttributes
    ? { isResource: false, path: '', verb: '', ...nonResourceAttributes }
    : { isResource: true, ...nothing, ...resourceAttributes }
  const { error, ...status } = decideByAzureRbac(subject, asked, cluster, world)
  if (error) return { status: 500, headers: { 'content-type': 'text/plain' }, body: error }
  return { status: 200, body: { ...review, status } }
}

/**
 * A cluster's authorizers as its kube-apiserver reads them from `--authorization-config`; `kubeconfig` is the file that says where the webhook
 * is. The server remembers no decision by itself, since what it would remember is remembered here, by the world's clock.
 */
export function authorizationConfiguration(cluster: AksCluster, kubeconfig: string): string {
  const rbac = { type: 'RBAC', name: 'rbac' }
  const webhook = {
    type: 'Webhook',
    name: 'azure-rbac',
    webhook: {
      connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig },
      failurePolicy: 'NoOpinion',
      timeout: '10s',
      subjectAccessReviewVersion: 'v1',
      matchConditionSubjectAccessReviewVersion: 'v1',
      ...{ authorizedTTL: '1s', cacheAuthorizedRequests: false },
      ...{ unauthorizedTTL: '1s', cacheUnauthorizedRequests: false },
    },
  }
  const isFirst = azureRbacOf(cluster).asked === 'before Kubernetes RBAC'
  const authorizers = hasAzureRbac(cluster) ? (isFirst ? [webhook, rbac] : [rbac, webhook]) : [rbac]
  return stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers })
}
