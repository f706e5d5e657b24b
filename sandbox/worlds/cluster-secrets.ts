import { install } from '../kubernetes/install.ts'
import type { AksCluster, KubernetesObject, World } from '../world.ts'
import { clusterOf, type Part } from './builder.ts'

/** What a cluster Secret of Argo CD says, before it is encoded. */
export interface ClusterSecret {
  secretName: string
  name: string
  server: string
  config: object | string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

/** The URL of a cluster's API server as its kubeconfig prints it. */
export const serverOf = ({ arm }: AksCluster): string =>
  `https://${arm.properties.privateFQDN ?? arm.properties.fqdn}:443`

/** A cluster Secret that somebody applied beside Argo CD: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters */
export const registered =
  (hub: string, secretOf: (world: World) => ClusterSecret): Part =>
  world =>
    install(clusterOf(world, hub), world, [secretObject(secretOf(world))], {
      manager: 'kubectl-create',
      operation: 'Update',
    })

/** A Secret that `argocd cluster rm` left behind: it takes off the label, and deletes only what Argo CD itself made. */
export const orphaned =
  (hub: string, secretOf: (world: World) => ClusterSecret): Part =>
  world => {
    const secret = secretObject(secretOf(world))
    delete secret.metadata.labels!['argocd.argoproj.io/secret-type']
    install(clusterOf(world, hub), world, [secret], { manager: 'argocd-server', operation: 'Update' })
  }

/** Login as a managed identity by `argocd-k8s-auth azure`, as the `config` of a Secret says it. */
export const azureLogin = (clientId: string, tenantId: string, more: Record<string, string> = {}) => ({
  execProviderConfig: {
    command: 'argocd-k8s-auth',
    env: { AAD_LOGIN_METHOD: 'workloadidentity', AZURE_CLIENT_ID: clientId, AZURE_TENANT_ID: tenantId, ...more },
    args: ['azure'],
    apiVersion: 'client.authentication.k8s.io/v1beta1',
  },
})

/** A cluster Secret as an object of the hub. */
export const secretObject = ({
  secretName,
  name,
  server,
  config,
  labels,
  annotations,
}: ClusterSecret): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: secretName,
    namespace: 'argocd',
    labels: { 'argocd.argoproj.io/secret-type': 'cluster', ...labels },
    ...(annotations && { annotations }),
  },
  type: 'Opaque',
  data: {
    name: base64(name),
    server: base64(server),
    config: base64(typeof config === 'string' ? config : JSON.stringify(config)),
  },
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')
