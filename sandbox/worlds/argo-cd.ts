import { customKinds, definitionName } from '../kubernetes/custom-resources.ts'
import { install, settle } from '../kubernetes/install.ts'
import type { AksCluster, KubernetesObject } from '../world.ts'
import { type Component, components } from './argo-cd-components.ts'
import { clusterOf, type Part } from './builder.ts'
import { releaseAnnotations, releaseRecord } from './helm.ts'
import { kubectlApply, lastApplied, type Writer } from './kubectl.ts'

/** Which Argo CD, and how it was installed. */
export interface ArgoCdOptions {
  /** Tag of the image. */
  version: string
  /** `upstream`: the project's own manifests by `kubectl apply`. `helm`: the argo-helm chart. */
  layout: 'upstream' | 'helm'
  /** Helm's release name. */
  release?: string
  namespace?: string
}

/** Argo CD on a cluster: its objects as its installer leaves them, and its pods running. */
export const argoCdOn =
  (reference: string, options: ArgoCdOptions): Part =>
  world => {
    const cluster = clusterOf(world, reference)
    const { layout, namespace = 'argocd' } = options
    const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
    defineArgoCdKinds(cluster)
    install(cluster, world, [home], { manager: 'kubectl-create', operation: 'Update' })
    const objects = argoCd(options)
    install(
      cluster,
      world,
      layout === 'helm' ? objects : objects.map(object => lastApplied(object)),
      layout === 'helm' ? helm : kubectlApply,
    )
    settle(cluster, world)
  }

/** The definitions of Argo CD's own kinds come with it, whoever installs it. */
export function defineArgoCdKinds({ kubernetes }: AksCluster): void {
  kubernetes.customResources = [...new Set([...(kubernetes.customResources ?? []), ...definitions])]
}

const definitions = customKinds.filter(({ apiVersion }) => apiVersion === 'argoproj.io/v1alpha1').map(definitionName)

const helm: Writer = { manager: 'helm', operation: 'Update' }

/**
 * The objects of an Argo CD installation that matter to clusters and their credentials: the workloads that talk to clusters
 * with their service accounts and rights, two bystanders, and the configuration.
 */
export function argoCd(options: ArgoCdOptions): KubernetesObject[] {
  const layout = options.layout === 'helm' ? helmLayout(options) : upstreamLayout(options)
  return [
    ...components.flatMap(component => accessOf(component, layout)),
    ...configMaps(layout),
    ...components.map(component => workloadOf(component, layout)),
    ...(options.layout === 'helm' ? [helmRelease(options)] : []),
  ]
}

/** What the two installers do differently. */
interface Layout {
  namespace: string
  image: string
  pullPolicy: string
  /** Name of workloads, roles and bindings. */
  nameOf(component: string): string
  serviceAccountOf(component: string): string
  containerOf(component: string): string
  labels(name: string, component?: string): Record<string, string>
  podLabels(name: string, component: string): Record<string, string>
  selector(name: string): Record<string, string>
  annotations: Record<string, string>
  /** Arguments after the binary. */
  argumentsOf(component: Component): string[]
}

const upstreamLayout = ({ version, namespace = 'argocd' }: ArgoCdOptions): Layout => ({
  namespace,
  image: imageOf(version),
  pullPolicy: 'Always',
  nameOf: component => `argocd-${component}`,
  serviceAccountOf: component => `argocd-${component}`,
  containerOf: component => `argocd-${component}`,
  labels: (name, component) => ({
    ...(component && { 'app.kubernetes.io/component': component }),
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': 'argocd',
  }),
  podLabels: name => ({ 'app.kubernetes.io/name': name }),
  selector: name => ({ 'app.kubernetes.io/name': name }),
  annotations: {},
  argumentsOf: () => [],
})

/** https://github.com/argoproj/argo-helm/tree/main/charts/argo-cd: service accounts keep their names whatever the release is called. */
function helmLayout({ version, release = 'argocd', namespace = 'argocd' }: ArgoCdOptions): Layout {
  const fullName = release.includes('argocd') ? release : `${release}-argocd`
  const labels = (name: string, component = 'server') => ({
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/instance': release,
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': 'argocd',
    'app.kubernetes.io/version': version,
    'helm.sh/chart': `argo-cd-${chartVersion}`,
  })
  return {
    namespace,
    image: imageOf(version),
    pullPolicy: 'IfNotPresent',
    nameOf: component => `${fullName}-${component}`,
    serviceAccountOf: component => (component === 'repo-server' ? `${fullName}-${component}` : `argocd-${component}`),
    containerOf: component => component,
    labels,
    podLabels: labels,
    selector: name => ({ 'app.kubernetes.io/instance': release, 'app.kubernetes.io/name': name }),
    annotations: releaseAnnotations({ name: release, namespace }),
    argumentsOf: ({ flags }) => flags,
  }
}

function workloadOf(component: Component, layout: Layout): KubernetesObject {
  const { name, kind } = component
  const label = `argocd-${name}`
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: metadataOf(layout, layout.nameOf(name), label, name),
    spec: {
      ...(kind === 'StatefulSet' && { replicas: 1, serviceName: layout.nameOf(name) }),
      selector: { matchLabels: layout.selector(label) },
      template: {
        metadata: { labels: layout.podLabels(label, name) },
        spec: {
          containers: [containerOf(component, layout)],
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          serviceAccountName: layout.serviceAccountOf(name),
          volumes: component.volumes,
        },
      },
    },
  }
}

const containerOf = (component: Component, layout: Layout) => ({
  name: layout.containerOf(component.name),
  image: layout.image,
  imagePullPolicy: layout.pullPolicy,
  args: [`/usr/local/bin/argocd-${component.name}`, ...layout.argumentsOf(component)],
  env: component.env,
  ports: component.ports.map(containerPort => ({ containerPort })),
  readinessProbe: {
    httpGet: { path: '/healthz', port: component.healthPort },
    initialDelaySeconds: 5,
    periodSeconds: 10,
  },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  volumeMounts: component.mounts,
})

function accessOf({ name, rules, clusterRules }: Component, layout: Layout): KubernetesObject[] {
  const account = layout.serviceAccountOf(name)
  const { namespace } = layout
  const own = metadataOf(layout, layout.nameOf(name), `argocd-${name}`, name)
  const { namespace: _, ...clusterWide } = own
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }]
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: own.name })
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...own, name: account } },
    ...(rules.length > 0
      ? [
          { ...rbac, kind: 'Role', metadata: own, rules },
          { ...rbac, kind: 'RoleBinding', metadata: own, roleRef: roleRef('Role'), subjects },
        ]
      : []),
    ...(clusterRules.length > 0
      ? [
          { ...rbac, kind: 'ClusterRole', metadata: clusterWide, rules: clusterRules },
          { ...rbac, kind: 'ClusterRoleBinding', metadata: clusterWide, roleRef: roleRef('ClusterRole'), subjects },
        ]
      : []),
  ]
}

const configMaps = (layout: Layout): KubernetesObject[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(layout, 'argocd-cm', 'argocd-cm'),
    data: {
      'resource.customizations.ignoreResourceUpdates.all': 'jsonPointers:\n  - /status\n',
      'timeout.reconciliation': '120s',
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(layout, 'argocd-cmd-params-cm', 'argocd-cmd-params-cm'),
    data: { 'repo.server': `${layout.nameOf('repo-server')}:8081` },
  },
]

const helmRelease = ({ version, release = 'argocd', namespace = 'argocd' }: ArgoCdOptions): KubernetesObject =>
  releaseRecord({ name: release, namespace }, { name: 'argo-cd', version: chartVersion, appVersion: version })

const chartVersion = '10.1.1'

const metadataOf = (layout: Layout, name: string, label: string, component?: string) => ({
  name,
  namespace: layout.namespace,
  labels: layout.labels(label, component),
  ...(Object.keys(layout.annotations).length > 0 && { annotations: layout.annotations }),
})

const imageOf = (version: string): string => `registry.example/argoproj/argocd:${version}`
