import { basename } from 'node:path/posix'
import type { KubernetesObject } from '../../sandbox/world.ts'
import { type Template, templateOf } from './rendered.ts'

/** The values of one component that this knows; of all others it knows nothing, and says so. */
interface ComponentValues {
  podLabels?: Record<string, string>
  env?: Template['spec']['containers'][number]['env']
  volumeMounts?: Template['spec']['containers'][number]['volumeMounts']
  volumes?: Template['spec']['volumes']
  serviceAccount?: { create?: boolean; name?: string; annotations?: Record<string, string> }
}

const known = ['podLabels', 'env', 'volumeMounts', 'volumes', 'serviceAccount']
const programs: Record<string, string> = {
  server: 'argocd-server',
  controller: 'argocd-application-controller',
}

/**
 * What the chart renders with some more values than it was rendered with: its templates put those of a component before their own, but for
 * the controller's variables
 * (https://github.com/argoproj/argo-helm/blob/argo-cd-10.1.1/charts/argo-cd/templates/argocd-server/deployment.yaml, serviceaccount.yaml beside
 * it, and their sisters of argocd-application-controller).
 */
export function renderedWith(
  values: Record<string, ComponentValues>,
  rendered: KubernetesObject[],
): KubernetesObject[] {
  return Object.entries(values).reduce((objects, [component, theirs]) => {
    const unknown = Object.keys(theirs).filter(key => !known.includes(key))
    const workload = objects.find(object => programOf(object) === programs[component])
    if (!workload || unknown.length > 0) throw new Error(`nothing is known of ${component} ${unknown.join(', ')}`)
    return withValues(component, theirs, workload, objects)
  }, rendered)
}

function withValues(
  component: string,
  { podLabels, env = [], volumeMounts = [], volumes = [], serviceAccount = {} }: ComponentValues,
  workload: KubernetesObject,
  objects: KubernetesObject[],
): KubernetesObject[] {
  const account = templateOf(workload)!.spec.serviceAccountName
  const next = structuredClone(workload)
  const { metadata, spec } = templateOf(next)!
  const [container] = spec.containers
  Object.assign(metadata.labels, podLabels)
  const itsOwn = container!.env ?? []
  Object.assign(container!, { env: component === 'controller' ? [...itsOwn, ...env] : [...env, ...itsOwn] })
  Object.assign(container!, { volumeMounts: [...volumeMounts, ...(container!.volumeMounts ?? [])] })
  Object.assign(spec, { volumes: [...volumes, ...(spec.volumes ?? [])] })
  if (serviceAccount.name) spec.serviceAccountName = serviceAccount.name

  const isAccount = ({ kind, metadata }: KubernetesObject) => kind === 'ServiceAccount' && metadata.name === account
  return objects
    .filter(object => serviceAccount.create !== false || !isAccount(object))
    .map(object => {
      if (object === workload) return next
      const { annotations } = serviceAccount
      return isAccount(object) && annotations ? { ...object, metadata: { ...object.metadata, annotations } } : object
    })
}

const programOf = (object: KubernetesObject): string | undefined => {
  const [{ command = [], args = [] } = {}] = templateOf(object)?.spec.containers ?? []
  return templateOf(object) && basename([...command, ...args][0] ?? '')
}
