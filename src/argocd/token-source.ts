import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { type ArgoCdWorkload, type Container, componentOf, type Volume } from './workloads.ts'

/** Where a container finds the service account token that Entra takes for one of the identity. */
interface TokenSource {
  volume: string
  mountPath: string
  /** The file within the mount. */
  file: string
}

/** Read by argocd-k8s-auth (kubelogin) where a cluster Secret does not say it. */
const TOKEN_FILE_VARIABLE = 'AZURE_FEDERATED_TOKEN_FILE'

/**
 * Names and path of azure-workload-identity's own volume up to v1.5: its webhook sees them and adds nothing of its own.
 * Another volume name with this file makes it mount a volume that does not exist, and no pod starts
 * (https://github.com/Azure/azure-workload-identity/blob/v1.5.1/pkg/webhook/webhook.go).
 */
const OURS: TokenSource = {
  volume: 'azure-identity-token',
  mountPath: '/var/run/secrets/azure/tokens',
  file: 'azure-identity-token',
}

/** The source that a pod spec already has for a container: a projected token for this audience, mounted. */
function findTokenSource(container: Container, volumes: Volume[] = [], audience: string): TokenSource | undefined {
  const sources = (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const volume = volumes.find(volume => volume.name === name)
    return (volume?.projected?.sources ?? [])
      .filter(source => source.serviceAccountToken?.audience === audience)
      .map(source => ({ volume: name, mountPath, file: source.serviceAccountToken!.path }))
  })
  return sources.find(source => fileOf(source) === tokenFileOf(container)) ?? sources[0]
}

/** Tells whether the Argo CD container of a pod has its token and is told where it is, whichever way the token came there. */
export function podHasToken({ spec }: KubernetesObject, audience: string): boolean {
  const containers: Container[] = spec.containers
  return containers.filter(componentOf).every(container => {
    const source = findTokenSource(container, spec.volumes, audience)
    return source !== undefined && tokenFileOf(container) === fileOf(source)
  })
}

const tokenFileOf = (container: Container): string | undefined =>
  container.env?.find(variable => variable.name === TOKEN_FILE_VARIABLE)?.value

/**
 * The pod spec that gives an Argo CD container its token: the volume and mount that are there, else ours, and the file's path.
 * The pod says only where the token is; who Argo CD becomes stands in each cluster Secret, since AZURE_CLIENT_ID in the pod
 * would override the client of clusters registered in other ways (https://github.com/argoproj/argo-cd/issues/22318).
 */
export function podSpecWithToken({ container, object }: ArgoCdWorkload, audience: string) {
  const volumes: Volume[] = object.spec.template.spec.volumes ?? []
  const source = findTokenSource(container, volumes, audience) ?? OURS
  const mount = container.volumeMounts?.find(({ mountPath }) => mountPath === source.mountPath)
  const volume = mount && volumes.find(({ name }) => name === source.volume)
  // 0644, since Argo CD runs as uid 999 and sets no fsGroup; an hour is what the webhook asks for too.
  const serviceAccountToken = { audience, expirationSeconds: 3600, path: source.file }
  return {
    containers: [
      {
        name: container.name,
        env: [{ name: TOKEN_FILE_VARIABLE, value: fileOf(source) }],
        volumeMounts: [mount ?? { mountPath: source.mountPath, name: source.volume, readOnly: true }],
      },
    ],
    volumes: [volume ?? { name: source.volume, projected: { defaultMode: 420, sources: [{ serviceAccountToken }] } }],
  }
}

const fileOf = ({ mountPath, file }: TokenSource): string => `${mountPath.replace(/\/$/, '')}/${file}`
