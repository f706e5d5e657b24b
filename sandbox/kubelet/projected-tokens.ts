import { join } from 'node:path/posix'
import type { Administer } from '../administrator.ts'
import type { Keyring } from '../keyring.ts'
import type { AksCluster, KubernetesObject } from '../world.ts'
import type { Container } from './environment.ts'

/** A token of the pod's service account and the path in the container at which it is. */
export interface ProjectedToken {
  file: string
  token: string
}

interface PodSpec {
  serviceAccountName?: string
  volumes?: { name: string; projected?: { sources?: { serviceAccountToken?: TokenSource }[] } }[]
}

interface TokenSource {
  path: string
  audience?: string
  expirationSeconds?: number
}

/**
 * The tokens that the kubelet asks for and keeps in a container's projected volumes, fresh from the API server:
 * https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken
 */
export async function projectedTokens(
  cluster: AksCluster,
  pod: KubernetesObject,
  { volumeMounts = [] }: Container,
  administer: Administer,
  keyring: Keyring,
): Promise<ProjectedToken[]> {
  const { serviceAccountName = 'default', volumes = [] } = pod.spec as PodSpec
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/serviceaccounts/${serviceAccountName}/token`
  const sources = volumeMounts.flatMap(({ name, mountPath }) => {
    const volume = volumes.find(volume => volume.name === name)
    return (volume?.projected?.sources ?? []).flatMap(({ serviceAccountToken }) =>
      serviceAccountToken ? [{ file: join(mountPath, serviceAccountToken.path), ...serviceAccountToken }] : [],
    )
  })
  return Promise.all(
    sources.map(async ({ file, audience, expirationSeconds }) => {
      const spec = { audiences: audience ? [audience] : [], expirationSeconds }
      const { status, body } = await administer(cluster, 'POST', path, { kind: 'TokenRequest', ...apiVersion, spec })
      if (status !== 201) throw new Error(`no token for ${file}: ${JSON.stringify(body)}`)
      const { token } = (body as { status: { token: string } }).status
      return { file, token: keyring.register(token, `token of ${serviceAccountName} in ${pod.metadata.name}`) }
    }),
  )
}

const apiVersion = { apiVersion: 'authentication.k8s.io/v1' }
