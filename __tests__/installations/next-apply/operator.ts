import type { KubernetesObject } from '../../../sandbox/world.ts'
import { templateOf } from '../rendered.ts'
import type { Api } from './api.ts'

/** What of a container, and of a pod, the operator holds against what it wants. `serviceAccountName` is not among it. */
const ofContainer = ['env', 'command', 'volumeMounts', 'resources', 'securityContext'] as const
const ofPod = ['initContainers', 'volumes', 'nodeSelector', 'tolerations'] as const

/**
 * The operator's reconcile of a workload: field by field, what differs from what it wants is set to it, and the object is updated
 * (https://github.com/argoproj-labs/argocd-operator/blob/v0.18.0/controllers/argocd/deployment.go, reconcileServerDeployment, and
 * statefulset.go, reconcileApplicationControllerStatefulSet). It never touches a service account that is there (service_account.go).
 */
export async function reconcile(api: Api, wanted: KubernetesObject[]): Promise<void> {
  for (const object of wanted.filter(templateOf)) {
    const live = structuredClone(await api.read(object))
    const [pod, is] = [templateOf(object)!, templateOf(live)!]
    set(is.spec.containers[0]!, pod.spec.containers[0]!, ofContainer)
    set(is.spec, pod.spec, ofPod)
    is.metadata.labels = { ...kubernetesOwn(is.metadata.labels), ...pod.metadata.labels }
    is.metadata.annotations = { ...kubernetesOwn(is.metadata.annotations), ...pod.metadata.annotations }
    await api.replace(live)
  }
}

function set<Of extends object>(live: Of, wanted: Of, fields: readonly string[]): void {
  const [is, shall] = [live as Record<string, unknown>, wanted as Record<string, unknown>]
  for (const field of fields) {
    if (shall[field] === undefined) delete is[field]
    else is[field] = shall[field]
  }
}

/** Labels and annotations whose keys name Kubernetes or OpenShift are spared (util.go, addKubernetesData). */
const kubernetesOwn = (entries: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter(([key]) => /kubernetes\.io|k8s\.io|openshift\.io/.test(key)))
