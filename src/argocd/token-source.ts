import { join } from 'node:path/posix'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { type ArgoCdWorkload, type Container, componentOf, type Volume, type VolumeMount } from './workloads.ts'

/** Where a container finds the service account token that Entra takes for one of the identity. */
interface TokenSource {
  volume: Volume
  mount: VolumeMount
  file: string
}

/** Read by argocd-k8s-auth (kubelogin) where a cluster Secret does not say it. */
const TOKEN_FILE_VARIABLE = 'AZURE_FEDERATED_TOKEN_FILE'

/**
 * Names and path of azure-workload-identity's own volume up to v1.5: its webhook sees them and adds nothing of its own.
 * Another volume name with this file makes it mount a volume that does not exist, and no pod starts
 * (https://github.com/Azure/azure-workload-identity/blob/v1.5.1/pkg/webhook/webhook.go).
 */
function ourTokenSource(audience: string): TokenSource {
  const name = 'azure-identity-token'
  const mountPath = '/var/run/secrets/azure/tokens'
  // An hour is what the webhook asks for too. 0644, since Argo CD runs as uid 999 and sets no fsGroup.
  const serviceAccountToken = { audience, expirationSeconds: 3600, path: 'azure-identity-token' }
  return {
    volume: { name, projected: { defaultMode: 0o644, sources: [{ serviceAccountToken }] } },
    mount: { mountPath, name, readOnly: true },
    file: join(mountPath, serviceAccountToken.path),
  }
}

/** The source that a pod spec already has for a container: a projected token for this audience, mounted. */
function findTokenSource(container: Container, volumes: Volume[] = [], audience: string): TokenSource | undefined {
  const sources: TokenSource[] = []
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.find(({ name }) => name === mount.name)
    for (const { serviceAccountToken: token } of volume?.projected?.sources ?? []) {
      if (volume && token?.audience === audience)
        sources.push({ volume, mount, file: join(mount.mountPath, token.path) })
    }
  }
  return sources.find(({ file }) => file === tokenFileOf(container)) ?? sources[0]
}

/** Tells whether the Argo CD container of a pod, or of a pod template, has its token and is told where it is, whichever way it came there. */
export function podHasToken({ spec }: KubernetesObject, audience: string): boolean {
  const containers: Container[] = spec.containers
  return containers.filter(componentOf).every(container => {
    const source = findTokenSource(container, spec.volumes, audience)
    return source !== undefined && tokenFileOf(container) === source.file
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
  const { spec } = object.spec.template
  const { volume, mount, file } = findTokenSource(container, spec.volumes, audience) ?? ourTokenSource(audience)
  const env = [{ name: TOKEN_FILE_VARIABLE, value: file }]
  return { containers: [{ name: container.name, env, volumeMounts: [mount] }], volumes: [volume] }
}
