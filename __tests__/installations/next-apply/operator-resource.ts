import type { KubernetesObject } from '../../../sandbox/world.ts'
import { type Template, templateOf } from '../rendered.ts'

type Container = Template['spec']['containers'][number]

/** The fields of an ArgoCD resource that are about the pods of a component, as far as this knows them. */
export interface ComponentSpec {
  labels?: Record<string, string>
  env?: Container['env']
  volumeMounts?: Container['volumeMounts']
  volumes?: Template['spec']['volumes']
}

/**
 * What the operator wants for a resource with these fields: they come after its own
 * (https://github.com/argoproj-labs/argocd-operator/blob/v0.18.0/controllers/argocd/deployment.go, reconcileServerDeployment, and statefulset.go).
 */
export function wantedFor(
  spec: { server?: ComponentSpec; controller?: ComponentSpec },
  wanted: KubernetesObject[],
): KubernetesObject[] {
  return structuredClone(wanted).map(object => {
    const template = templateOf(object)
    const component = object.kind === 'Deployment' ? spec.server : spec.controller
    if (!template || !component) return object
    const [container] = template.spec.containers
    Object.assign(template.metadata.labels, component.labels)
    container!.env = [...(container!.env ?? []), ...(component.env ?? [])]
    container!.volumeMounts = [...(container!.volumeMounts ?? []), ...(component.volumeMounts ?? [])]
    template.spec.volumes = [...(template.spec.volumes ?? []), ...(component.volumes ?? [])]
    return object
  })
}
