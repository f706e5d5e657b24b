import type { Keyring } from '../keyring.ts'

import { install, settle } from '../kubernetes/install.ts'
import { find } from '../kubernetes/storage.ts'
import { type AksCluster, type KubernetesObject, uuid, type World } from '../world.ts'
import { clusterOf, federatedCredential, identity, identityOf } from './builder.ts'
import { azureLogin, secretObject, serverOf } from './cluster-secrets.ts'
import { kubectlApply, lastApplied, remembered } from './kubectl.ts'

/** Where the procedure is followed, and how faithfully. */
export interface SeedOptions {
  hub?: string
  target?: string
  identity?: string
  /** Takes the cluster Secret over as it is printed in the procedure: with a comment and a doubled quote inside its JSON. */
  verbatimSecret?: boolean
  /** The account that the manifest of argocd-server names: the procedure prints another one there than it makes. */
  accountOfServer?: string
  /** By which of its ids the identity is let in on the target; a cluster knows it by the principal id alone. */
  bindTo?: 'principalId' | 'clientId'
}

const hubSteps = 8

/**
 * Follows one step of the procedure that this action replaces, by hand and with its own names: steps 1 to 8 prepare the hub,
 * 9 and 10 add the target. "ArgoCD integration with Private AKS Cluster", Azure Infrastructure Blog, 2 May 2025.
 */
export async function seedStep(world: World, keyring: Keyring, step: number, options: SeedOptions = {}): Promise<void> {
  const follow = steps[step - 1]
  if (!follow) throw new Error(`The procedure has steps 1 to ${steps.length}, no ${step}`)
  await follow(world, { ...names, ...options }, keyring)
}

/** Follows the procedure up to a step. */
export async function seedUpTo(world: World, keyring: Keyring, last: number, options: SeedOptions = {}): Promise<void> {
  for (let step = 1; step <= last; step += 1) await seedStep(world, keyring, step, options)
}

/** Follows the part of the procedure that prepares the hub. */
export const seedHub = (world: World, keyring: Keyring, options: SeedOptions = {}): Promise<void> =>
  seedUpTo(world, keyring, hubSteps, options)

const serviceAccount = 'svc-argocd-aks'

const names = {
  hub: 'argocd-rg/argocd-aks',
  target: 'dev-rg/devworkloadaks1',
  identity: 'argocd-rg/argocd-workload-identity',
  verbatimSecret: false,
  accountOfServer: serviceAccount,
  bindTo: 'principalId' as 'principalId' | 'clientId',
}
type Names = typeof names

const tokenFile = '/var/run/secrets/tokens/azure-identity-token'
const authority = 'https://login.microsoftonline.com/'

const steps: ((world: World, names: Names, keyring: Keyring) => void | Promise<void>)[] = [
  (world, { hub }) => switchIssuerOn(world, clusterOf(world, hub)),
  // The second step only reads the issuer's URL.
  () => {},
  (world, { identity: reference }) => identity(reference)(world),
  assignIdentityToCluster,
  (world, { hub, identity }) => {
    const { issuerUrl } = clusterOf(world, hub)
    federatedCredential(identity, 'argocd-aks-federated-cred', `argocd/${serviceAccount}`, issuerUrl)(world)
  },
  createServiceAccount,
  (world, { hub }) => {
    const subject = { kind: 'ServiceAccount', name: serviceAccount, namespace: 'argocd' }
    apply(world, clusterOf(world, hub), clusterAdminBinding('argocd-cluster-serviceaccount', subject))
  },
  patchWorkloads,
  createClusterSecret,
  (world, { target, identity, bindTo }) => {
    const name = identityOf(world, identity)[bindTo]
    const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }
    apply(world, clusterOf(world, target), clusterAdminBinding('aks-cluster-admin-federated', subject))
  },
]

function switchIssuerOn(world: World, { arm, issuerUrl }: AksCluster): void {
  arm.eTag = uuid(world)
  arm.properties.oidcIssuerProfile = { enabled: true, issuerURL: issuerUrl }
  arm.properties.securityProfile = { ...arm.properties.securityProfile, workloadIdentity: { enabled: true } }
}

/** Makes the identity the control plane's own, in place of the one that was there. */
function assignIdentityToCluster(world: World, { hub, identity }: Names): void {
  const { arm } = clusterOf(world, hub)
  const { id, principalId, clientId } = identityOf(world, identity)
  arm.eTag = uuid(world)
  arm.identity = { type: 'UserAssigned', userAssignedIdentities: { [id]: { principalId, clientId } } }
}

function createServiceAccount(world: World, { hub, identity }: Names): void {
  apply(world, clusterOf(world, hub), {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: serviceAccount,
      namespace: 'argocd',
      annotations: {
        'azure.workload.identity/client-id': identityOf(world, identity).clientId,
        'azure.workload.identity/tenant-id': world.tenantId,
      },
      labels: { 'azure.workload.identity/use': 'true' },
    },
  })
}

const clusterAdminBinding = (name: string, subject: object): KubernetesObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: {
    name,
    labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile', 'kubernetes.io/cluster-service': 'true' },
  },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [subject],
})

function patchWorkloads(world: World, { hub, identity, accountOfServer }: Names): void {
  const cluster = clusterOf(world, hub)
  const { clientId } = identityOf(world, identity)
  for (const [plural, name, account] of [
    ['deployments', 'argocd-server', accountOfServer],
    ['statefulsets', 'argocd-application-controller', serviceAccount],
  ] as const) {
    const workload = find(cluster.kubernetes, 'apps/v1', plural, 'argocd', name)
    if (!workload) throw new Error(`World ${world.name} has no ${name} on its hub`)
    const patched = (object: KubernetesObject) => withToken(object, account, clientId, world.tenantId)
    install(cluster, world, [lastApplied(patched(remembered(workload)), patched(workload))], kubectlApply)
  }
  settle(cluster, world)
}

interface Workload extends KubernetesObject {
  spec: { template: { spec: PodSpec } }
}
interface PodSpec {
  serviceAccountName: string
  volumes: object[]
  containers: { env: object[]; volumeMounts: object[] }[]
}

function withToken(object: KubernetesObject, account: string, clientId: string, tenantId: string): KubernetesObject {
  const workload = structuredClone(object) as Workload
  const pod = workload.spec.template.spec
  pod.serviceAccountName = account
  pod.volumes.push({
    name: 'azure-identity-token',
    projected: {
      defaultMode: 420,
      sources: [
        {
          serviceAccountToken: {
            audience: 'api://AzureADTokenExchange',
            expirationSeconds: 3600,
            path: 'azure-identity-token',
          },
        },
      ],
    },
  })
  const [container] = pod.containers
  container!.env.push(
    { name: 'AZURE_CLIENT_ID', value: clientId },
    { name: 'AZURE_TENANT_ID', value: tenantId },
    { name: 'AZURE_FEDERATED_TOKEN_FILE', value: tokenFile },
    { name: 'AZURE_AUTHORITY_HOST', value: authority },
  )
  container!.volumeMounts.push({ mountPath: '/var/run/secrets/tokens', name: 'azure-identity-token', readOnly: true })
  return workload
}

async function createClusterSecret(world: World, names: Names, keyring: Keyring): Promise<void> {
  const target = clusterOf(world, names.target)
  const { certificate } = await keyring.authority(target.authority.reported)
  const login = azureLogin(identityOf(world, names.identity).clientId, world.tenantId, {
    AAD_ENVIRONMENT_NAME: 'AzurePublicCloud',
    AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    AZURE_AUTHORITY_HOST: authority,
  })
  const tlsClientConfig = { insecure: false, caData: Buffer.from(certificate).toString('base64') }
  const printed = JSON.stringify({ ...login, tlsClientConfig }, null, 2)
  const secret = secretObject({
    secretName: 'devworkloadaks1-secret',
    name: 'devworkloadaks1',
    server: serverOf(target),
    config: names.verbatimSecret ? asPrinted(printed) : printed,
  })
  apply(world, clusterOf(world, names.hub), secret)
}

/** JSON with the two faults of the procedure's own text: a comment after the environment's name, a quote too many after the CA. */
const asPrinted = (json: string): string =>
  json
    .replace('"AzurePublicCloud",', '"AzurePublicCloud",  ## possibly this will be different for Azure Gov Cloud')
    .replace(/("caData": "[^"]*")/, '$1"')

const apply = (world: World, cluster: AksCluster, object: KubernetesObject): void =>
  install(cluster, world, [lastApplied(object)], kubectlApply)
