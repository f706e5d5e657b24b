import type { Volume, VolumeMount } from '../../src/argocd/workloads.ts'
import type { KubernetesObject } from '../../src/kubernetes/cluster.ts'
import { audience } from './names.ts'

/** What an installer chooses for one of Argo CD's components. */
interface Component {
  kind: 'Deployment' | 'StatefulSet'
  name: string
  container: string
  program: string
  serviceAccount: string
}

/** As Argo CD's own manifests have it. */
export const upstream = {
  server: {
    kind: 'Deployment',
    name: 'argocd-server',
    container: 'argocd-server',
    program: '/usr/local/bin/argocd-server',
    serviceAccount: 'argocd-server',
  },
  controller: {
    kind: 'StatefulSet',
    name: 'argocd-application-controller',
    container: 'argocd-application-controller',
    program: '/usr/local/bin/argocd-application-controller',
    serviceAccount: 'argocd-application-controller',
  },
} satisfies Record<string, Component>

/** As the Helm chart has it in a release called prod. */
export const helm = {
  server: { ...upstream.server, name: 'prod-argocd-server', container: 'server' },
  controller: {
    ...upstream.controller,
    name: 'prod-argocd-application-controller',
    container: 'application-controller',
  },
} satisfies Record<string, Component>

/** A component's workload, installed and rolled out. */
export function workloadOf({ kind, name, container, program, serviceAccount }: Component): KubernetesObject {
  const labels = { 'app.kubernetes.io/name': name }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'argocd', generation: 1 },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: serviceAccount,
          containers: [
            {
              name: container,
              image: 'quay.example/argoproj/argocd:v3.5.1',
              args: [program, '--insecure'],
              env: [{ name: 'REDIS_SERVER', value: 'redis' }],
              volumeMounts: [{ mountPath: '/tmp', name: 'tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
  }
}

/** The workload after something was done to the pod spec of its template. */
export function changed(workload: KubernetesObject, change: (podSpec: PodSpec) => void): KubernetesObject {
  const copy = structuredClone(workload)
  change(copy.spec.template.spec)
  return copy
}

interface PodSpec {
  serviceAccountName?: string
  containers: { name: string; env: object[]; volumeMounts: VolumeMount[] }[]
  volumes: Volume[]
}

/** Where a projected token lies. */
export interface Projection {
  volume: string
  mountPath: string
  path: string
  audience: string
}

export const ours: Projection = {
  volume: 'azure-identity-token',
  mountPath: '/var/run/secrets/azure/tokens',
  path: 'azure-identity-token',
  audience,
}
/** Another mount path, as the procedure by hand has it. */
export const byHand: Projection = { ...ours, mountPath: '/var/run/secrets/tokens' }
/** What version 1.6 of the workload-identity webhook puts into pods. */
export const byWebhook: Projection = {
  volume: 'azure-workload-identity-reserved-0a1b2c',
  mountPath: '/var/run/secrets/azure/wi',
  path: 'token/azure-identity-token',
  audience,
}

/** Adds a projected token to the first container. */
export const project =
  ({ volume: name, mountPath, path, audience }: Projection) =>
  (podSpec: PodSpec) => {
    const serviceAccountToken = { audience, expirationSeconds: 3600, path }
    podSpec.volumes.push({ name, projected: { defaultMode: 420, sources: [{ serviceAccountToken }] } })
    podSpec.containers[0]!.volumeMounts.push({ mountPath, name, readOnly: true })
  }

/** Tells the first container where its token is. */
export const pointTo = (value: string) => (podSpec: PodSpec) => {
  podSpec.containers[0]!.env.push({ name: 'AZURE_FEDERATED_TOKEN_FILE', value })
}

/** The workload with a token and its path, as it is after a run where the projection is ours. */
export const withToken = (workload: KubernetesObject, projection = ours): KubernetesObject =>
  changed(changed(workload, project(projection)), pointTo(`${projection.mountPath}/${projection.path}`))

/** A running pod of a workload, made from the template as it is. */
export const podOf = (workload: KubernetesObject, uid = 'uid-1'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${workload.metadata.name}-${uid}`,
    namespace: 'argocd',
    uid,
    labels: structuredClone(workload.spec.template.metadata.labels),
  },
  spec: structuredClone(workload.spec.template.spec),
  status: { phase: 'Running' },
})
