/**
 * One of Argo CD's components, as its manifests shape it: https://github.com/argoproj/argo-cd/tree/v3.5.1/manifests
 * Of environment and volumes there are some of each form, not all sixty.
 */
export interface Component {
  name: string
  kind: 'Deployment' | 'StatefulSet'
  ports: number[]
  healthPort: number
  /** Arguments that the Helm chart adds. */
  flags: string[]
  env: object[]
  volumes: object[]
  mounts: object[]
  /** Rights in its own namespace. */
  rules: object[]
  /** Rights in the whole cluster. */
  clusterRules: object[]
}

const parameter = (name: string, key: string, configMap = 'argocd-cmd-params-cm') => ({
  name,
  valueFrom: { configMapKeyRef: { key, name: configMap, optional: true } },
})

const redisPassword = { name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { key: 'auth', name: 'argocd-redis' } } }

const tlsSecret = (name: string, ...keys: string[]) => ({
  name,
  secret: { items: keys.map(key => ({ key, path: key })), optional: true, secretName: name },
})

const emptyDir = (name: string) => ({ emptyDir: {}, name })

const profile = (component: string) => ({
  configMap: {
    items: [{ key: `${component}.profile.enabled`, path: 'profiler.enabled' }],
    name: 'argocd-cmd-params-cm',
    optional: true,
  },
  name: 'argocd-cmd-params-cm',
})

const trust = [
  { configMap: { name: 'argocd-ssh-known-hosts-cm' }, name: 'ssh-known-hosts' },
  { configMap: { name: 'argocd-tls-certs-cm' }, name: 'tls-certs' },
]
const trustMounts = [
  { mountPath: '/app/config/ssh', name: 'ssh-known-hosts' },
  { mountPath: '/app/config/tls', name: 'tls-certs' },
]

const argoResources = ['applications', 'applicationsets', 'appprojects']
const change = ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete']

const applicationController: Component = {
  name: 'application-controller',
  kind: 'StatefulSet',
  ports: [8082],
  healthPort: 8082,
  flags: ['--metrics-port=8082'],
  env: [
    redisPassword,
    { name: 'ARGOCD_CONTROLLER_REPLICAS', value: '1' },
    parameter('ARGOCD_RECONCILIATION_TIMEOUT', 'timeout.reconciliation', 'argocd-cm'),
    parameter('ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER', 'repo.server'),
    parameter('ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS', 'controller.status.processors'),
    parameter('REDIS_SERVER', 'redis.server'),
    { name: 'KUBECACHEDIR', value: '/tmp/kubecache' },
  ],
  volumes: [
    emptyDir('argocd-home'),
    emptyDir('argocd-application-controller-tmp'),
    tlsSecret('argocd-repo-server-tls', 'tls.crt', 'tls.key', 'ca.crt'),
    profile('controller'),
  ],
  mounts: [
    { mountPath: '/app/config/controller/tls', name: 'argocd-repo-server-tls' },
    { mountPath: '/home/argocd', name: 'argocd-home' },
    { mountPath: '/home/argocd/params', name: 'argocd-cmd-params-cm' },
    { mountPath: '/tmp', name: 'argocd-application-controller-tmp' },
  ],
  rules: [
    { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['argoproj.io'], resources: argoResources, verbs: change },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'list'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch'] },
  ],
  clusterRules: [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
}

const server: Component = {
  name: 'server',
  kind: 'Deployment',
  ports: [8080, 8083],
  healthPort: 8080,
  flags: ['--port=8080', '--metrics-port=8083'],
  env: [
    redisPassword,
    parameter('ARGOCD_SERVER_INSECURE', 'server.insecure'),
    parameter('ARGOCD_SERVER_BASEHREF', 'server.basehref'),
    parameter('ARGOCD_SERVER_REPO_SERVER', 'repo.server'),
    parameter('REDIS_SERVER', 'redis.server'),
  ],
  volumes: [
    emptyDir('plugins-home'),
    emptyDir('tmp'),
    ...trust,
    tlsSecret('argocd-repo-server-tls', 'tls.crt', 'tls.key', 'ca.crt'),
    tlsSecret('argocd-dex-server-tls', 'tls.crt', 'ca.crt'),
    profile('server'),
  ],
  mounts: [
    ...trustMounts,
    { mountPath: '/app/config/server/tls', name: 'argocd-repo-server-tls' },
    { mountPath: '/app/config/dex/tls', name: 'argocd-dex-server-tls' },
    { mountPath: '/home/argocd', name: 'plugins-home' },
    { mountPath: '/tmp', name: 'tmp' },
    { mountPath: '/home/argocd/params', name: 'argocd-cmd-params-cm' },
  ],
  rules: [
    { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: change },
    { apiGroups: ['argoproj.io'], resources: argoResources, verbs: change },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'list'] },
  ],
  clusterRules: [
    { apiGroups: ['*'], resources: ['*'], verbs: ['delete', 'get', 'patch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get'] },
    { apiGroups: ['argoproj.io'], resources: ['applications', 'applicationsets'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] },
    { apiGroups: ['argoproj.io'], resources: ['workflows'], verbs: ['create'] },
  ],
}

const repoServer: Component = {
  name: 'repo-server',
  kind: 'Deployment',
  ports: [8081, 8084],
  healthPort: 8084,
  flags: ['--port=8081', '--metrics-port=8084'],
  env: [redisPassword, parameter('ARGOCD_REPO_SERVER_PARALLELISM_LIMIT', 'reposerver.parallelism.limit')],
  volumes: [...trust, emptyDir('tmp'), emptyDir('helm-working-dir')],
  mounts: [
    ...trustMounts,
    { mountPath: '/tmp', name: 'tmp' },
    { mountPath: '/helm-working-dir', name: 'helm-working-dir' },
  ],
  rules: [],
  clusterRules: [],
}

const applicationSetController: Component = {
  name: 'applicationset-controller',
  kind: 'Deployment',
  ports: [7000, 8080],
  healthPort: 8080,
  flags: ['--metrics-addr=:8080', '--probe-addr=:8081', '--webhook-addr=:7000'],
  env: [
    { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    parameter('ARGOCD_APPLICATIONSET_CONTROLLER_REPO_SERVER', 'repo.server'),
  ],
  volumes: [...trust, emptyDir('tmp')],
  mounts: [...trustMounts, { mountPath: '/tmp', name: 'tmp' }],
  rules: [
    { apiGroups: ['argoproj.io'], resources: argoResources, verbs: change },
    { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'list', 'watch'] },
  ],
  clusterRules: [],
}

/** The two components that talk to clusters, and two that stand by and must never be touched. */
export const components: Component[] = [applicationController, server, repoServer, applicationSetController]
