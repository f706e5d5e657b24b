import { configOf, registeredCluster, secretNameOf } from '../../../src/argocd/cluster-secret.ts'
import type { ManagedCluster } from '../../../src/azure/azure.ts'
import { AzureCloud } from '../../../src/azure/cloud.ts'
import type { TargetInputs } from '../../../src/inputs.ts'
import type { Cluster, KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import type { TargetConnection } from '../../../src/kubernetes/connect.ts'
import { fingerprint } from '../../../src/mark.ts'
import type { TargetObservation } from '../../../src/target/observe.ts'
import type { GrantObservation } from '../../../src/target/observe-grant.ts'
import { knownRole } from '../../../src/target/role.ts'
import { podOf, upstream, withToken, workloadOf } from '../argo-cd.ts'
import { aksCluster, certificateAuthority, hub, identity, managedIdentity, server, target } from '../names.ts'

export const inputs: TargetInputs = {
  mode: 'target',
  dryRun: false,
  cloud: AzureCloud,
  serverFqdn: 'auto',
  labels: {},
  annotations: {},
  tagLabels: [],
  namespaces: [],
  grant: 'auto',
  targetRole: 'cluster-admin',
  hubAccess: 'auto',
  targetAccess: 'auto',
  login: { kind: 'github', tenantId: undefined, clientId: undefined, why: '' },
  hubCluster: hub,
  identity,
  argocdNamespace: 'argocd',
  verify: true,
  targetCluster: target,
  allow: new Set(),
}

/** A plan is made of what was read: it never talks to a cluster. */
const noCluster = undefined as unknown as Cluster

const connection = (name: string, url: string, but: Partial<ManagedCluster> = {}): TargetConnection => ({
  cluster: aksCluster(name, but),
  endpoint: { server: url, certificateAuthority },
  kubernetes: noCluster,
  commands: undefined,
})

/** The target, found with some of its properties otherwise. */
export const targetWith = (but: Partial<ManagedCluster>): TargetConnection => connection('devworkloadaks1', server, but)

/** How the identity is let in, where nothing was granted yet. */
export const grantSeen = (but: Partial<GrantObservation> = {}): GrantObservation => ({
  role: knownRole('kubernetes', 'cluster-admin')!,
  clusterRoleBindings: [],
  roleBindings: undefined,
  roleAssignments: [],
  missingNamespaces: [],
  ...but,
})

/** A target that nobody onboarded yet. */
export const fresh = (but: Partial<TargetObservation> = {}): TargetObservation => ({
  hub: connection('argocd-aks', 'https://argocd.westeurope.azmk8s.io:443'),
  target: targetWith({}),
  address: { server, certificateAuthority },
  identity: managedIdentity,
  pods: [podOf(withToken(workloadOf(upstream.server)))],
  registered: [],
  otherSecrets: [],
  grant: grantSeen(),
  deployments: undefined,
  ...but,
})

/** The binding that a run makes. */
export const binding = (but: Partial<KubernetesObject> = {}): KubernetesObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: {
    name: `argo-aks-onboard-${fingerprint(hub.id.toLowerCase(), 'argocd', managedIdentity.principalId, 'cluster-admin')}`,
    labels: { 'app.kubernetes.io/managed-by': 'argo-aks-onboard' },
    annotations: { 'argo-aks-onboard/hub': hub.id, 'argo-aks-onboard/argocd-namespace': 'argocd' },
  },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'User', name: managedIdentity.principalId, apiGroup: 'rbac.authorization.k8s.io' }],
  ...but,
})

/** What a cluster Secret may say otherwise than the one that a run makes. */
interface Fields {
  secretName?: string
  name?: string
  server?: string
  metadata?: Partial<KubernetesObject['metadata']>
  clientId?: string
}

/** The Secret that a run makes. */
export const secret = (but: Fields = {}): KubernetesObject => {
  const registration = {
    name: but.name ?? 'devworkloadaks1',
    server: but.server ?? server,
    certificateAuthority,
    clientId: but.clientId ?? managedIdentity.clientId,
    tenantId: managedIdentity.tenantId,
    authorityHost: AzureCloud.authorityHost,
  }
  const data = { name: registration.name, server: registration.server, config: JSON.stringify(configOf(registration)) }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: but.secretName ?? secretNameOf(registration.server),
      namespace: 'argocd',
      labels: { 'argocd.argoproj.io/secret-type': 'cluster', 'app.kubernetes.io/managed-by': 'argo-aks-onboard' },
      annotations: {
        'argo-aks-onboard/hub': hub.id,
        'argo-aks-onboard/target': target.id,
        'argo-aks-onboard/grant': `kubernetes:${managedIdentity.principalId}:*:cluster-admin`,
      },
      ...but.metadata,
    },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  }
}

/** The same Secret as another tool would have made it: without our marks. */
export const foreign = (but: Fields = {}): KubernetesObject =>
  secret({
    secretName: 'theirs',
    metadata: { labels: { 'argocd.argoproj.io/secret-type': 'cluster' }, annotations: {} },
    ...but,
  })

/** What stands in an observation where Argo CD knows these Secrets. */
export const registered = (...secrets: KubernetesObject[]): Pick<TargetObservation, 'registered'> => ({
  registered: secrets.map(registeredCluster),
})

/** A target as a run leaves it. */
export const done = (but: Partial<TargetObservation> = {}): TargetObservation =>
  fresh({ grant: grantSeen({ clusterRoleBindings: [binding()] }), ...registered(secret()), ...but })
