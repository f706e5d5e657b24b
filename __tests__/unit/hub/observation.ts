import { findWorkloads } from '../../../src/argocd/workloads.ts'
import type { FederatedCredential } from '../../../src/azure/azure.ts'
import { AzureCloud } from '../../../src/azure/cloud.ts'
import type { HubObservation } from '../../../src/hub/observe.ts'
import type { HubInputs } from '../../../src/inputs.ts'
import type { Cluster, KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { credentialName, subjectOf } from '../../../src/resources/federated-credential.ts'
import { podOf, upstream, withToken, workloadOf } from '../argo-cd.ts'
import { aksCluster, audience, hub, identity, issuer, managedIdentity } from '../names.ts'

export const inputs: HubInputs = {
  mode: 'hub',
  dryRun: false,
  cloud: AzureCloud,
  allow: new Set(),
  tokenSource: 'projected',
  assignIdentity: false,
  tags: {},
  hubAccess: 'auto',
  login: { kind: 'github', tenantId: undefined, clientId: undefined, why: '' },
  hubCluster: hub,
  identity,
  argocdNamespace: 'argocd',
  verify: true,
}

/** The inputs that ask for one dedicated account, as the procedure by hand does. */
export const withAccount: HubInputs = {
  ...inputs,
  serviceAccount: { name: 'svc-argocd-aks', clusterRole: 'cluster-admin' },
}

type Both = [server: KubernetesObject, controller: KubernetesObject]

/** Argo CD as its project ships it. */
export const argoCd: Both = [workloadOf(upstream.server), workloadOf(upstream.controller)]

/** The workloads after a run: with a token, and with our annotation. */
export const prepared: Both = [prepare(argoCd[0]), prepare(argoCd[1])]

function prepare(workload: KubernetesObject): KubernetesObject {
  const done = withToken(workload)
  done.spec.template.metadata.annotations = { 'argo-aks-onboard/oidc-issuer': issuer }
  return done
}

/** What stands in an observation in place of these workloads: they are found, and their pods run. */
export const running = (workloads: KubernetesObject[]): Pick<HubObservation, 'workloads' | 'pods'> => ({
  workloads: findWorkloads(workloads),
  pods: workloads.map(workload => podOf(workload)),
})

/** The credential that a run makes for an account. */
export const credential = (serviceAccount: string, but: Partial<FederatedCredential> = {}): FederatedCredential => ({
  name: credentialName(hub, { namespace: 'argocd', serviceAccount }),
  issuer,
  subject: subjectOf({ namespace: 'argocd', serviceAccount }),
  audiences: [audience],
  ...but,
})

/** A plan is made of what was read: it never talks to the cluster. */
const noCluster = undefined as unknown as Cluster

/** A hub where nothing is done yet, not even the issuer. */
export const fresh = (but: Partial<HubObservation> = {}): HubObservation => ({
  cluster: aksCluster('argocd-aks', { issuerUrl: undefined, workloadIdentity: false }),
  identity: undefined,
  credentials: [],
  kubernetes: noCluster,
  ...running(argoCd),
  serviceAccounts: undefined,
  clusterRoleBindings: [],
  ...but,
})

/** A hub as a run leaves it. */
export const done = (but: Partial<HubObservation> = {}): HubObservation =>
  fresh({
    cluster: aksCluster('argocd-aks'),
    identity: managedIdentity,
    credentials: [credential('argocd-server'), credential('argocd-application-controller')],
    ...running(prepared),
    ...but,
  })
