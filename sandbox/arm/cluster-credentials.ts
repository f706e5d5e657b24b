import { stringify } from 'yaml'
import { type Cloud, cloudOf } from '../clouds.ts'
import type { SandboxResponse } from '../exchange.ts'
import { administratorIssuer, aksServerApplication } from '../kubernetes/authentication.ts'
import type { AksCluster } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { badRequest, notInSandbox } from './errors.ts'
import { clusterNotFound } from './managed-clusters.ts'
import { keyOf, placeOf } from './resource-id.ts'
import type { Call, Route } from './route.ts'

const cluster =
  '/subscriptions/:subscription/resourceGroups/:resourceGroup/providers/Microsoft.ContainerService/managedClusters/:name'
const action = 'Microsoft.ContainerService/managedClusters'

/** The kubeconfigs that AKS hands out. */
export const clusterCredentialRoutes: Route[] = [
  {
    method: 'POST',
    path: `${cluster}/listClusterUserCredential`,
    action: `${action}/listClusterUserCredential/action`,
    apiVersions: apiVersions.containerService,
    answer: userCredential,
  },
  {
    method: 'POST',
    path: `${cluster}/listClusterAdminCredential`,
    action: `${action}/listClusterAdminCredential/action`,
    apiVersions: apiVersions.containerService,
    answer: adminCredential,
  },
]

/** The application that signs people in to AKS, the same in every tenant: https://learn.microsoft.com/azure/aks/kubelogin-authentication */
const aksClientApplication = '80faf920-1908-4b52-b5ef-a8e7bedfc67a'

/** Without Entra the user's kubeconfig is an administrator's: AKS knows no other users then. */
async function userCredential(call: Call): Promise<SandboxResponse> {
  const cluster = call.world.clusters[keyOf(clusterPath(call))]
  if (!cluster) return clusterNotFound(call.parameters)
  const { aadProfile } = cluster.arm.properties
  if (!aadProfile) return kubeconfig(call, cluster, 'clusterUser', await administrator(call, cluster))

  const format = call.request.query.get('format') ?? 'exec'
  if (format === 'exec')
    return kubeconfig(call, cluster, 'clusterUser', kubelogin(aadProfile.tenantID, cloudOf(call.world)))
  if (format === 'azure')
    return kubeconfig(call, cluster, 'clusterUser', azureAuthProvider(aadProfile.tenantID, cloudOf(call.world)))
  return badRequest(`The format '${format}' of a kubeconfig is neither azure nor exec.`)
}

async function adminCredential(call: Call): Promise<SandboxResponse> {
  const cluster = call.world.clusters[keyOf(clusterPath(call))]
  if (!cluster) return clusterNotFound(call.parameters)
  if (cluster.arm.properties.disableLocalAccounts) {
    return badRequest('Getting static credential is not allowed because this cluster is set to disable local accounts.')
  }
  return kubeconfig(call, cluster, 'clusterAdmin', await administrator(call, cluster))
}

async function kubeconfig(
  { request, keyring }: Call,
  { arm, authority }: AksCluster,
  kind: 'clusterUser' | 'clusterAdmin',
  user: object,
): Promise<SandboxResponse> {
  const { fqdn, privateFQDN } = arm.properties
  const host = request.query.get('server-fqdn') === 'public' ? fqdn : (privateFQDN ?? fqdn)
  if (!host) return notInSandbox('the public FQDN of a cluster that has none')

  const { certificate } = await keyring.authority(authority.reported)
  const userName = `${kind}_${placeOf(arm.id).resourceGroup}_${arm.name}`
  const context = kind === 'clusterAdmin' ? `${arm.name}-admin` : arm.name
  const content = {
    apiVersion: 'v1',
    clusters: [
      { cluster: { 'certificate-authority-data': base64(certificate), server: `https://${host}:443` }, name: arm.name },
    ],
    contexts: [{ context: { cluster: arm.name, user: userName }, name: context }],
    'current-context': context,
    kind: 'Config',
    preferences: {},
    users: [{ name: userName, user }],
  }
  const value = base64(stringify(content, { lineWidth: 0 }))
  if ('token' in user) keyring.register(value, `administrator kubeconfig of ${arm.id}`)
  return { status: 200, body: { kubeconfigs: [{ name: kind, value }] } }
}

const kubelogin = (tenant: string, { kubeloginName }: Cloud) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    args: [
      'get-token',
      '--environment',
      kubeloginName,
      '--server-id',
      aksServerApplication,
      '--client-id',
      aksClientApplication,
      '--tenant-id',
      tenant,
      '--login',
      'devicecode',
    ],
    command: 'kubelogin',
    env: null,
    provideClusterInfo: false,
  },
})

const azureAuthProvider = (tenant: string, { kubeloginName }: Cloud) => ({
  'auth-provider': {
    config: {
      'apiserver-id': aksServerApplication,
      'client-id': aksClientApplication,
      'config-mode': '1',
      environment: kubeloginName,
      'tenant-id': tenant,
    },
    name: 'azure',
  },
})

/** The cluster's own administrator; everything in here but the certificate is secret. */
async function administrator({ keyring }: Call, { arm, authority }: AksCluster) {
  const { certificate, privateKey } = await keyring.clientCertificate(
    authority.served,
    'masterclient',
    'system:masters',
  )
  const key = base64(privateKey)
  keyring.register(key, `administrator key of ${arm.id}`)
  return {
    'client-certificate-data': base64(certificate),
    'client-key-data': key,
    token: await keyring.sign(
      administratorIssuer,
      { iss: administratorIssuer, sub: 'masterclient' },
      `administrator token of ${arm.id}`,
    ),
  }
}

/** The path without the name of the action: the cluster's id. */
const clusterPath = ({ path }: Call): string => path.slice(0, path.lastIndexOf('/'))

const base64 = (text: string): string => Buffer.from(text).toString('base64')
