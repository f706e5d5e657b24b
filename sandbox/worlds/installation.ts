import { install, settle } from '../kubernetes/install.ts'
import type { KubernetesObject } from '../world.ts'
import { defineArgoCdKinds } from './argo-cd.ts'
import { clusterOf, type Part } from './builder.ts'
import { releaseAnnotations, releaseRecord } from './helm.ts'
import { kubectlApply, lastApplied, type Writer } from './kubectl.ts'

/** Who brings rendered manifests onto a cluster, and how it leaves them there. */
export type InstallerName = keyof typeof installers

/** Where it brings them, and under what name it knows them: Helm's release, the Argo CD Application, Flux's object. */
export interface Home {
  namespace: string
  name: string
}

interface Installer {
  writer: Writer
  /** An object as it is sent: with the marks of the installer. */
  marked(rendered: KubernetesObject, home: Home): KubernetesObject
  /** What the installer remembers of its own doing. */
  records?(home: Home): KubernetesObject[]
}

const helmRelease = (home: Home): KubernetesObject[] => [releaseRecord(home, { name: 'argo-cd' })]

/** The Application by which an Argo CD looks after itself. */
const application = ({ name, namespace }: Home, syncPolicy: object): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name, namespace },
  spec: {
    project: 'default',
    source: { repoURL: 'https://git.example/platform', path: 'argo-cd', targetRevision: 'main' },
    destination: { server: 'https://kubernetes.default.svc', namespace },
    syncPolicy,
  },
})

/** It sets right by itself what differs from Git. */
const healing =
  (...syncOptions: string[]) =>
  (home: Home): KubernetesObject[] => [application(home, { automated: { prune: true, selfHeal: true }, syncOptions })]

const asRendered = (rendered: KubernetesObject): KubernetesObject => rendered

const byHelm = (rendered: KubernetesObject, home: Home): KubernetesObject =>
  annotated(rendered, releaseAnnotations(home))

/** https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ */
const trackedByAnnotation = (rendered: KubernetesObject, { namespace, name }: Home): KubernetesObject => {
  const { apiVersion, kind, metadata } = rendered
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
  const id = `${name}:${group}/${kind}:${namespace}/${metadata.name}`
  return annotated(rendered, { 'argocd.argoproj.io/tracking-id': id })
}

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#replace-resource-instead-of-applying-changes */
const replaceOption = { 'argocd.argoproj.io/sync-options': 'Replace=true' }

/** The way of Argo CD up to v2.14. */
const trackedByLabel = (rendered: KubernetesObject, { name }: Home): KubernetesObject =>
  labelled(rendered, { 'app.kubernetes.io/instance': name })

/** https://fluxcd.io/flux/components/kustomize/kustomizations/#role-based-access-control and its Helm sister set these. */
const byFlux =
  (controller: 'kustomize' | 'helm') =>
  (rendered: KubernetesObject, home: Home): KubernetesObject => {
    const domain = `${controller}.toolkit.fluxcd.io`
    const object = controller === 'helm' ? byHelm(rendered, home) : rendered
    return labelled(object, { [`${domain}/name`]: home.name, [`${domain}/namespace`]: 'flux-system' })
  }

/** The label by which Microsoft's extension is known stands on its pods. */
const byExtension = (rendered: KubernetesObject, home: Home): KubernetesObject => {
  const object = structuredClone(byHelm(rendered, home)) as KubernetesObject & { spec?: Template }
  if (object.spec?.template) object.spec.template.metadata.labels['app.kubernetes.io/managed-by'] = 'Microsoft.ArgoCD'
  return object
}

interface Template {
  template?: { metadata: { labels: Record<string, string> } }
}

/** Every way in which an Argo CD comes onto a cluster. Field managers are the names of the programs that write, unless they choose one. */
export const installers = {
  'kubectl apply': { writer: kubectlApply, marked: rendered => lastApplied(rendered) },
  'kubectl apply --server-side': { writer: { manager: 'kubectl', operation: 'Apply' }, marked: asRendered },
  'Helm 3': { writer: { manager: 'helm', operation: 'Update' }, marked: byHelm, records: helmRelease },
  'Helm 4': { writer: { manager: 'helm', operation: 'Apply' }, marked: byHelm, records: helmRelease },
  'Argo CD': {
    writer: { manager: 'argocd-controller', operation: 'Update' },
    marked: (rendered, home) => lastApplied(trackedByAnnotation(rendered, home)),
    records: healing(),
  },
  'Argo CD, synced by hand': {
    writer: { manager: 'argocd-controller', operation: 'Update' },
    marked: (rendered, home) => lastApplied(trackedByAnnotation(rendered, home)),
    records: home => [application(home, {})],
  },
  'Argo CD by label': {
    writer: { manager: 'argocd-controller', operation: 'Update' },
    marked: (rendered, home) => lastApplied(trackedByLabel(rendered, home)),
    records: healing(),
  },
  'Argo CD --server-side': {
    writer: { manager: 'argocd-controller', operation: 'Apply' },
    marked: trackedByAnnotation,
    records: healing('ServerSideApply=true'),
  },
  'Argo CD --replace': {
    writer: { manager: 'argocd-controller', operation: 'Update' },
    marked: (rendered, home) => annotated(trackedByAnnotation(rendered, home), replaceOption),
    records: healing(),
  },
  'Flux Kustomization': {
    writer: { manager: 'kustomize-controller', operation: 'Apply' },
    marked: byFlux('kustomize'),
  },
  'Flux HelmRelease': {
    writer: { manager: 'helm-controller', operation: 'Update' },
    marked: byFlux('helm'),
    records: helmRelease,
  },
  // The operator's owner references are part of what it renders.
  'argocd-operator': { writer: { manager: 'manager', operation: 'Update' }, marked: asRendered },
  'Microsoft.ArgoCD': { writer: { manager: 'helm', operation: 'Update' }, marked: byExtension, records: helmRelease },
} satisfies Record<string, Installer>

/** The objects as the installer sends them, now and with every later version. */
export const sentBy = (installer: InstallerName, rendered: KubernetesObject[], home: Home): KubernetesObject[] =>
  rendered.map(object => installerNamed(installer).marked(inNamespace(object, home.namespace), home))

/** Argo CD on a cluster as an installer leaves it, from what its manifests or its chart render, with its pods running. */
export const installationOn =
  (reference: string, installer: InstallerName, rendered: KubernetesObject[], home: Home): Part =>
  world => {
    const cluster = clusterOf(world, reference)
    const { writer, records = () => [] } = installerNamed(installer)
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: home.namespace } }
    install(cluster, world, [namespace], { manager: 'kubectl-create', operation: 'Update' })
    defineArgoCdKinds(cluster)
    install(cluster, world, sentBy(installer, rendered, home), writer)
    install(cluster, world, records(home), { ...writer, operation: 'Update' })
    settle(cluster, world)
  }

export const installerNamed = (name: InstallerName): Installer => installers[name]

/** Manifests leave the namespace to whoever applies them, and charts write the one that they were rendered for. */
const inNamespace = (object: KubernetesObject, namespace: string): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, namespace },
})

const annotated = (object: KubernetesObject, annotations: Record<string, string>): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
})

const labelled = (object: KubernetesObject, labels: Record<string, string>): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } },
})
