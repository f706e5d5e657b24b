import { type Registration, secretNameOf } from '../argocd/cluster-secret.ts'
import type { Cloud } from '../azure/cloud.ts'
import type { TargetInputs } from '../inputs.ts'
import type { Endpoint } from '../kubernetes/direct.ts'
import { fingerprint } from '../mark.ts'
import type { Plan, Refusal } from '../plan.ts'
import { clusterRoleBinding } from '../resources/cluster-role-binding.ts'
import { clusterSecret } from '../resources/cluster-secret.ts'
import type { Located, TargetObservation } from './observe.ts'

/** What the identity may on a target. */
export const CLUSTER_ROLE = 'cluster-admin'

/** What registers a target: the identity is let in, and then, once that is proven, Argo CD is told. */
export function planTarget(inputs: TargetInputs, seen: TargetObservation, cloud: Cloud): Plan {
  const { hubCluster, targetCluster, argocdNamespace: namespace } = inputs
  const { principalId } = seen.identity
  const grant = clusterRoleBinding(
    {
      at: 'target',
      name: `argo-aks-onboard-${fingerprint(hubCluster.id.toLowerCase(), principalId, CLUSTER_ROLE)}`,
      clusterRole: CLUSTER_ROLE,
      subject: { kind: 'User', name: principalId, apiGroup: 'rbac.authorization.k8s.io' },
      hub: hubCluster.id,
    },
    seen.clusterRoleBindings,
    [],
  )
  const secret = clusterSecret(
    {
      namespace,
      secretName: secretNameFor(inputs, seen.target.endpoint),
      registration: registrationOf(inputs, seen, cloud),
      hub: hubCluster.id,
      target: targetCluster.id,
      mayAdopt: inputs.allow.has('adopt'),
    },
    seen.registered,
    seen.otherSecrets,
    [grant.action.id],
  )
  return {
    actions: [grant.action, secret.action],
    refusals: [...otherTenant(inputs, seen), ...azureRbac(inputs, seen), ...grant.refusals, ...secret.refusals],
  }
}

/** What a new Secret is called. */
export const secretNameFor = ({ secretName }: TargetInputs, { server }: Endpoint): string =>
  secretName ?? secretNameOf(server)

/** What Argo CD has to know of the target. */
export const registrationOf = (inputs: TargetInputs, seen: Located, cloud: Cloud): Registration => ({
  name: inputs.name ?? inputs.targetCluster.name,
  server: seen.target.endpoint.server,
  certificateAuthority: seen.target.endpoint.certificateAuthority,
  clientId: seen.identity.clientId,
  tenantId: seen.identity.tenantId,
  authorityHost: cloud.authorityHost,
})

/** A cluster takes tokens of its own tenant alone. */
function otherTenant({ targetCluster, identity }: TargetInputs, seen: TargetObservation): Refusal[] {
  const tenant = seen.target.cluster.entra?.tenantId
  return !tenant || tenant === seen.identity.tenantId
    ? []
    : [
        {
          what: `AKS cluster ${targetCluster.name} trusts tenant ${tenant}, and identity ${identity.name} lives in tenant ${seen.identity.tenantId}`,
          why: 'a cluster accepts tokens of one tenant',
          remedy: 'Name an identity of the tenant of the cluster with the input identity',
        },
      ]
}

/** On clusters with Azure RBAC a role assignment is what counts, and this version makes bindings. */
function azureRbac({ targetCluster }: TargetInputs, seen: TargetObservation): Refusal[] {
  return seen.target.cluster.entra?.azureRbac
    ? [
        {
          what: `AKS cluster ${targetCluster.name} uses Azure RBAC for Kubernetes authorization`,
          why: 'there the identity needs a role assignment, which this version does not make',
          remedy: 'Onboard clusters with Kubernetes RBAC, or wait for a version that has the input grant',
        },
      ]
    : []
}
