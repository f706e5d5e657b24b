/** What the procedure that the action replaces applies and edits: "ArgoCD integration with Private AKS Cluster", Azure Infrastructure Blog, 2 May 2025. */

const tokenFile = '/var/run/secrets/tokens/azure-identity-token'
const authority = 'https://login.microsoftonline.com/'

/** The part of a Deployment or StatefulSet that is edited. */
export interface Workload {
  spec: {
    template: {
      spec: {
        serviceAccountName: string
        volumes: object[]
        containers: { env: object[]; volumeMounts: object[] }[]
      }
    }
  }
}

/** Step 6. */
export const serviceAccount = (clientId: string, tenantId: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name: 'svc-argocd-aks',
    namespace: 'argocd',
    annotations: { 'azure.workload.identity/client-id': clientId, 'azure.workload.identity/tenant-id': tenantId },
    labels: { 'azure.workload.identity/use': 'true' },
  },
})

/** Steps 7 and 9. */
export const clusterAdmin = (name: string, subject: object) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: {
    labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile', 'kubernetes.io/cluster-service': 'true' },
    name,
  },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [subject],
})

/** Step 8: a workload with the token of the service account in its pods. */
export function withTokenSource(workload: Workload, clientId: string, tenantId: string): Workload {
  const edited = structuredClone(workload)
  const { spec } = edited.spec.template
  const token = { audience: 'api://AzureADTokenExchange', expirationSeconds: 3600, path: 'azure-identity-token' }
  const projected = { defaultMode: 420, sources: [{ serviceAccountToken: token }] }
  spec.serviceAccountName = 'svc-argocd-aks'
  spec.volumes.push({ name: 'azure-identity-token', projected })
  const [container] = spec.containers
  container!.env.push(
    { name: 'AZURE_CLIENT_ID', value: clientId },
    { name: 'AZURE_TENANT_ID', value: tenantId },
    { name: 'AZURE_FEDERATED_TOKEN_FILE', value: tokenFile },
    { name: 'AZURE_AUTHORITY_HOST', value: authority },
  )
  container!.volumeMounts.push({ mountPath: '/var/run/secrets/tokens', name: 'azure-identity-token', readOnly: true })
  return edited
}

/** The part of a kubeconfig that tells where a cluster is. */
export interface ClusterOfKubeconfig {
  server: string
  'certificate-authority-data': string
}

/** Step 10, with its JSON mended: as it is printed there, it holds a comment and a quote too many. */
export const clusterSecret = (target: ClusterOfKubeconfig, clientId: string, tenantId: string) => {
  const config = {
    execProviderConfig: {
      command: 'argocd-k8s-auth',
      env: {
        AAD_ENVIRONMENT_NAME: 'AzurePublicCloud',
        AZURE_CLIENT_ID: clientId,
        AZURE_TENANT_ID: tenantId,
        AZURE_FEDERATED_TOKEN_FILE: tokenFile,
        AZURE_AUTHORITY_HOST: authority,
        AAD_LOGIN_METHOD: 'workloadidentity',
      },
      args: ['azure'],
      apiVersion: 'client.authentication.k8s.io/v1beta1',
    },
    tlsClientConfig: { insecure: false, caData: target['certificate-authority-data'] },
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'devworkloadaks1-secret',
      namespace: 'argocd',
      labels: { 'argocd.argoproj.io/secret-type': 'cluster' },
    },
    type: 'Opaque',
    stringData: { name: 'devworkloadaks1', server: target.server, config: JSON.stringify(config) },
  }
}
