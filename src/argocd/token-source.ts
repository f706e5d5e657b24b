import { join } from 'node:path/posix'
import { type Cloud, WEBHOOK_AUDIENCE } from '../azure/cloud.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { isOursAlone, otherOwners } from '../kubernetes/ownership.ts'
import { type ArgoCdWorkload, type Container, componentOf, type Volume, type VolumeMount } from './workloads.ts'

/** Who puts the token into Argo CD's pods: their template, by a projected volume, or the workload-identity webhook, by a label. */
export type TokenSource = 'projected' | 'webhook'

/** How Argo CD's pods come by the token that Entra takes. */
export interface TokenWanted {
  audience: string
  /** What we put where nobody else has put anything. */
  tokenSource: TokenSource
  /** AKS runs the workload-identity webhook, or will. */
  webhook: boolean
}

/** What a pod template has to say for its Argo CD container to get a token. */
export interface TemplateWithToken {
  labels: Record<string, string>
  spec: { containers?: object[]; volumes?: Volume[] }
  /** What the source is and whose, where somebody else put one there of another kind than is asked for. */
  instead?: string
  isOurs: boolean
}

/** Where a container finds the service account token that Entra takes for one of the identity. */
interface Projection {
  volume: Volume
  mount: VolumeMount
  file: string
}

/** Read by argocd-k8s-auth (kubelogin) where a cluster Secret does not say it. */
export const TOKEN_FILE_VARIABLE = 'AZURE_FEDERATED_TOKEN_FILE'

/**
 * On pods, makes the webhook add a volume, its mount and the variables that say where it is. On service accounts it does nothing
 * (https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html).
 */
export const USE_LABEL = 'azure.workload.identity/use'
export const USE = { [USE_LABEL]: 'true' }

/** Names what the webhook leaves alone, parted by semicolons. */
export const SKIP_ANNOTATION = 'azure.workload.identity/skip-containers'

/** The name of the webhook's own volume up to v1.5, and of its file in every version. */
export const WEBHOOK_NAME = 'azure-identity-token'

/**
 * Names and path of azure-workload-identity's own volume up to v1.5: its webhook sees them and adds nothing of its own.
 * Another volume name with this file makes it mount a volume that does not exist, and no pod starts
 * (https://github.com/Azure/azure-workload-identity/blob/v1.5.1/pkg/webhook/webhook.go).
 */
function ourProjection(audience: string): Projection {
  const mountPath = '/var/run/secrets/azure/tokens'
  // An hour is what the webhook asks for too. 0644, since Argo CD runs as uid 999 and sets no fsGroup.
  const serviceAccountToken = { audience, expirationSeconds: 3600, path: WEBHOOK_NAME }
  return {
    volume: { name: WEBHOOK_NAME, projected: { defaultMode: 0o644, sources: [{ serviceAccountToken }] } },
    mount: { mountPath, name: WEBHOOK_NAME, readOnly: true },
    file: join(mountPath, serviceAccountToken.path),
  }
}

/** The source that a pod spec already has for a container: a projected token for this audience, mounted. */
function findProjection(container: Container, volumes: Volume[] = [], audience: string): Projection | undefined {
  const found: Projection[] = []
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.find(({ name }) => name === mount.name)
    for (const { serviceAccountToken: token } of volume?.projected?.sources ?? []) {
      if (volume && token?.audience === audience) found.push({ volume, mount, file: join(mount.mountPath, token.path) })
    }
  }
  return found.find(({ file }) => file === tokenFileOf(container)) ?? found[0]
}

/** Tells whether the Argo CD container of a pod, or of a pod template, has its token and is told where it is, whichever way it came there. */
export function podHasToken({ spec }: KubernetesObject, audience: string): boolean {
  const containers: Container[] = spec.containers
  return containers.filter(componentOf).every(container => {
    const source = findProjection(container, spec.volumes, audience)
    return source !== undefined && tokenFileOf(container) === source.file
  })
}

/** The audience of a pod's token: that of the webhook is the same in every cloud. */
export const audienceOf = (pod: KubernetesObject, { exchangeAudience }: Pick<Cloud, 'exchangeAudience'>): string =>
  podHasToken(pod, WEBHOOK_AUDIENCE) ? WEBHOOK_AUDIENCE : exchangeAudience

/** Tells whether pods made from a template have their token, by its own volume or by the webhook's. */
export const templateGivesToken = (template: KubernetesObject, { audience, webhook }: TokenWanted): boolean =>
  podHasToken(template, audience) || (webhook && asksTheWebhook(template))

/** Tells whether the webhook takes an interest in pods of this template. */
export const asksTheWebhook = ({ metadata }: KubernetesObject): boolean => metadata?.labels?.[USE_LABEL] === 'true'

const tokenFileOf = (container: Container): string | undefined =>
  container.env?.find(variable => variable.name === TOKEN_FILE_VARIABLE)?.value

/** Fields of a template as the plan names them. */
export const fields = {
  label: `spec.template.metadata.labels['${USE_LABEL}']`,
  volume: (name: string) => `spec.template.spec.volumes[${name}]`,
  variable: (container: string) => `spec.template.spec.containers[${container}].env[${TOKEN_FILE_VARIABLE}]`,
}

/**
 * What gives an Argo CD container its token. A source that somebody else put there is used as it is, whichever it is: two would be in
 * each other's way. Elsewhere it is what `tokenSource` asks for: the volume and mount that are there, else ours, and the file's path; or
 * the webhook's label alone. What is ours and is not named here goes with the next apply.
 *
 * The pod says only where the token is; who Argo CD becomes stands in each cluster Secret, since AZURE_CLIENT_ID in the pod
 * would override the client of clusters registered in other ways (https://github.com/argoproj/argo-cd/issues/22318). So the account is not
 * annotated for the webhook either: without a client id it leaves that variable out.
 */
export function templateWithToken(found: ArgoCdWorkload, wanted: TokenWanted): TemplateWithToken {
  const { container, object } = found
  const { spec } = object.spec.template
  const projection = findProjection(container, spec.volumes, wanted.audience)
  const projected = ({ volume, mount, file }: Projection): TemplateWithToken['spec'] => ({
    containers: [{ name: container.name, env: [{ name: TOKEN_FILE_VARIABLE, value: file }], volumeMounts: [mount] }],
    volumes: [volume],
  })
  const isWebhook = wanted.tokenSource === 'webhook'
  const ownerOf = (field: string) => otherOwners(object, field).join(' and ') || 'somebody else'
  const isOurs = projection && isOursAlone(object, fields.volume(projection.volume.name))
  if (projection && !isOurs) {
    const instead = `the volume ${projection.volume.name}, which ${ownerOf(fields.volume(projection.volume.name))} put there`
    return { labels: {}, spec: projected(projection), isOurs: false, ...(isWebhook ? { instead } : {}) }
  }
  const isLabelled = asksTheWebhook(object.spec.template) && !isOursAlone(object, fields.label)
  if (isLabelled && wanted.webhook && (isWebhook || !projection)) {
    const instead = `the workload-identity webhook, by the label that ${ownerOf(fields.label)} put there`
    return { labels: {}, spec: {}, isOurs: false, ...(isWebhook ? {} : { instead }) }
  }
  if (isWebhook) return { labels: USE, spec: {}, isOurs: true }
  return { labels: {}, spec: projected(projection ?? ourProjection(wanted.audience)), isOurs: true }
}
