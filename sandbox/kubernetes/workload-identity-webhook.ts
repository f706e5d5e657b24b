/**
 * What AKS's workload-identity webhook makes of new pods, in both of its generations.
 * https://github.com/Azure/azure-workload-identity/blob/v1.5.1/pkg/webhook/webhook.go and the same file of v1.6.0
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path/posix'
import { cloudOf } from '../clouds.ts'
import type { AksCluster, KubernetesObject, WebhookGeneration, World } from '../world.ts'

interface Container {
  name: string
  env?: { name: string; value?: string }[]
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[]
}

interface Volume {
  name: string
  projected?: { sources?: { serviceAccountToken?: { path: string } }[] }
}

interface PodSpec {
  containers: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
}

const prefix = 'azure.workload.identity'
const fileName = 'azure-identity-token'
const audience = 'api://AzureADTokenExchange'

/** The pod as the webhook lets it in: changed where it asks for that, and the cluster has the add-on at work. */
export function withWorkloadIdentity(
  pod: KubernetesObject,
  account: KubernetesObject | undefined,
  cluster: AksCluster,
  world: World,
): KubernetesObject {
  const isOn = cluster.arm.properties.securityProfile?.workloadIdentity?.enabled === true
  if (!isOn || pod.metadata.labels?.[`${prefix}/use`] !== 'true') return pod
  const { unseenFor = 0, generation = 'v1.6' } = cluster.workloadIdentityWebhook ?? {}
  if (unseenFor > 0) {
    cluster.workloadIdentityWebhook = { ...cluster.workloadIdentityWebhook, unseenFor: unseenFor - 1 }
    return pod
  }
  const annotations = { ...account?.metadata.annotations, ...pod.metadata.annotations }
  const token = tokenOf(pod, generation)
  const skipped = (annotations[`${prefix}/skip-containers`] ?? '').split(';').map(name => name.trim())
  const variables = {
    AZURE_CLIENT_ID: account?.metadata.annotations?.[`${prefix}/client-id`] ?? '',
    AZURE_TENANT_ID: account?.metadata.annotations?.[`${prefix}/tenant-id`] ?? world.tenantId,
    AZURE_FEDERATED_TOKEN_FILE: join(token.mountPath, token.path),
    AZURE_AUTHORITY_HOST: `https://${cloudOf(world).authorities[0]}/`,
  }
  const changed = (container: Container): Container =>
    skipped.includes(container.name) ? container : withMount(withVariables(container, variables), token)
  const spec = pod.spec as unknown as PodSpec
  const { containers, initContainers, volumes = [] } = spec
  return {
    ...pod,
    spec: {
      ...spec,
      containers: containers.map(changed),
      ...(initContainers && { initContainers: initContainers.map(changed) }),
      volumes: token.isThere(volumes) ? volumes : [...volumes, volumeOf(token, annotations)],
    },
  }
}

/** Where a generation puts the token. */
interface Token {
  volume: string
  mountPath: string
  path: string
  /** Whether the pod brings a volume that the webhook takes for its own. */
  isThere(volumes: Volume[]): boolean
}

function tokenOf({ metadata }: KubernetesObject, generation: WebhookGeneration): Token {
  if (generation === 'v1.5') {
    const holdsFile = ({ projected }: Volume) =>
      projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken?.path === fileName) ?? false
    return {
      volume: fileName,
      mountPath: '/var/run/secrets/azure/tokens',
      path: fileName,
      isThere: volumes => volumes.some(holdsFile),
    }
  }
  const named = metadata.generateName ? `${metadata.generateName} (prefix)` : metadata.name
  const reserved = 'azure-workload-identity-reserved-'
  const volume = `${reserved}${createHash('sha256').update(named).digest('hex')}`.slice(0, 63)
  return {
    volume,
    mountPath: '/var/run/secrets/azure/wi',
    path: `token/${fileName}`,
    isThere: volumes => volumes.some(({ name }) => name === volume),
  }
}

/** Variables that are there stay as they are, and empty ones are left out. */
function withVariables(container: Container, variables: Record<string, string>): Container {
  const { env = [] } = container
  const added = Object.entries(variables)
    .filter(([name, value]) => value !== '' && !env.some(each => each.name === name))
    .map(([name, value]) => ({ name, value }))
  return { ...container, env: [...env, ...added] }
}

function withMount(container: Container, { volume, mountPath }: Token): Container {
  const { volumeMounts = [] } = container
  if (volumeMounts.some(({ name }) => name === volume)) return container
  return { ...container, volumeMounts: [...volumeMounts, { name: volume, mountPath, readOnly: true }] }
}

const volumeOf = ({ volume, path }: Token, annotations: Record<string, string>) => ({
  name: volume,
  projected: {
    sources: [
      {
        serviceAccountToken: {
          audience,
          expirationSeconds: Number(annotations[`${prefix}/service-account-token-expiration`] ?? 3600),
          path,
        },
      },
    ],
  },
})
