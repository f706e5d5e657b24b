import type { HubObservation } from '../../../src/hub/observe.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { byHand, changed, withToken } from '../argo-cd.ts'
import { managedIdentity, tenant } from '../names.ts'
import { argoCd, credential, running } from './observation.ts'

/** The account that the procedure by hand makes. */
export const account: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name: 'svc-argocd-aks',
    namespace: 'argocd',
    annotations: {
      'azure.workload.identity/client-id': managedIdentity.clientId,
      'azure.workload.identity/tenant-id': tenant,
    },
    labels: { 'azure.workload.identity/use': 'true' },
  },
}

const binding: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'argocd-cluster-serviceaccount' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'svc-argocd-aks', namespace: 'argocd' }],
}

const patched = argoCd.map(workload =>
  changed(withToken(workload, byHand), podSpec => {
    podSpec.serviceAccountName = 'svc-argocd-aks'
  }),
)

const afterCredential: Partial<HubObservation> = {
  credentials: [credential('svc-argocd-aks', { name: 'argocd-aks-federated-cred' })],
  ...running(argoCd),
}
const afterAccount = { ...afterCredential, serviceAccounts: [account] }
const afterBinding = { ...afterAccount, clusterRoleBindings: [binding] }

/** What is found where somebody followed the procedure by hand up to one of its steps. */
export const upTo = {
  credential: afterCredential,
  account: afterAccount,
  binding: afterBinding,
  workloads: { ...afterBinding, ...running(patched) },
}
