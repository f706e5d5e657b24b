import type { Random } from './random.ts'

/** A kind that the sequences write, with a generator of its objects: mostly valid ones, some that are not. */
export interface GeneratedKind {
  apiVersion: string
  kind: string
  plural: string
  namespaced: boolean
  /** How often it is drawn, compared with the others. */
  weight: number
  make(random: Random, name: string): object
}

const rbac = 'rbac.authorization.k8s.io'

const strings = (random: Random, values: readonly string[] = ['1', '2', '']) =>
  Object.fromEntries(random.some(['a', 'b', 'c', 'x.io/d']).map(key => [key, random.pick(values)]))

const metadata = (random: Random, name: string) => ({
  name: random.chance(0.02) ? random.pick(['Upper', 'under_score', 'dot.ted', '-dash', 'x'.repeat(64), '']) : name,
  labels: random.maybe(() => ({
    ...strings(random),
    ...(random.chance(0.03) && {
      [random.pick(['bad key', 'ok', 'a/b/c', '/x', 'UP.io/x'])]: random.pick(['bad value', '-', 'fine']),
    }),
  })),
  annotations: random.maybe(() => ({ ...strings(random), ...(random.chance(0.02) && { 'bad key!': 'x' }) })),
  ...(random.chance(0.02) && { finalizers: [random.pick(['no-slash', 'x.io/finalizer bad'])] }),
  ...(random.chance(0.01) && { namespace: 'elsewhere' }),
  ...(random.chance(0.01) && { uid: '11111111-2222-3333-4444-555555555555' }),
})

const probe = (random: Random) => ({
  httpGet: random.pick([{ path: '/healthz', port: 8080 }, { port: 'http' }, { port: 80, scheme: 'HTTPS' }]),
  initialDelaySeconds: random.maybe(() => random.pick([0, 5])),
  periodSeconds: random.maybe(() => random.pick([0, 10, 30, -1]), 0.3),
})

const container = (random: Random, name: string) => ({
  name: random.chance(0.01) ? random.pick(['Bad', '']) : name,
  image: random.maybe(() => random.pick(['i:1', 'i:latest', 'i', 'r.io:5000/i', 'i@sha256:abc', ' i']), 0.97),
  args: random.maybe(() => random.some(['x', 'y', 'z'])),
  command: random.maybe(() => ['run'], 0.2),
  env: random.maybe(() =>
    random.some(['E', 'F', 'G', 'H']).map(key => ({
      name: key,
      ...random.pick([
        { value: '1' },
        { value: '2' },
        {},
        { valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        { valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ]),
    })),
  ),
  ports: random.maybe(() =>
    random.some([80, 81, 82, 0], 0.4).map(port => ({
      containerPort: random.chance(0.97) ? port || 80 : port,
      name: random.maybe(() => `p${port}`),
      protocol: random.maybe(() => random.pick(['TCP', 'UDP'])),
    })),
  ),
  volumeMounts: random.maybe(() =>
    random.some(['v', 'w']).map(volume => ({
      name: volume,
      mountPath: `/${volume}`,
      readOnly: random.maybe(() => random.chance(0.5)),
    })),
  ),
  resources: random.maybe(
    () => ({
      limits: random.maybe(() => ({
        cpu: random.pick(['1', '2', '500m', '0.5', '1000m']),
        memory: random.pick(['1Gi', '1024Mi', '100M']),
      })),
      requests: random.maybe(() => ({ cpu: random.pick(['1', '100m', '0.1']) })),
    }),
    0.3,
  ),
  securityContext: random.maybe(
    () => ({
      runAsNonRoot: random.maybe(() => true),
      allowPrivilegeEscalation: random.maybe(() => false),
      capabilities: random.maybe(() => ({ drop: ['ALL'] })),
    }),
    0.3,
  ),
  livenessProbe: random.maybe(() => probe(random), 0.2),
  imagePullPolicy: random.maybe(() => random.pick(['Always', 'IfNotPresent', 'Sometimes']), 0.1),
})

const volume = (random: Random, name: string) => ({
  name,
  ...random.pick([
    { emptyDir: {} },
    { secret: { secretName: 's', optional: true } },
    { configMap: { name: 'c' } },
    { projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'a' } }] } },
    {
      projected: {
        sources: [{ serviceAccountToken: { path: 't', audience: 'b', expirationSeconds: 3600 } }],
        defaultMode: 420,
      },
    },
    { hostPath: { path: '/x' } },
    {},
  ]),
})

const podSpec = (random: Random) => ({
  serviceAccountName: random.maybe(() => random.pick(['s', 't']), 0.3),
  nodeSelector: random.maybe(() => strings(random), 0.2),
  automountServiceAccountToken: random.maybe(() => random.chance(0.5), 0.2),
  hostNetwork: random.maybe(() => random.chance(0.3), 0.1),
  terminationGracePeriodSeconds: random.maybe(() => random.pick([0, 10, -1]), 0.1),
  dnsPolicy: random.maybe(() => random.pick(['Default', 'Wrong']), 0.05),
  restartPolicy: random.maybe(() => random.pick(['Always', 'Never']), 0.1),
  containers: [
    container(random, 'c'),
    ...random.some(['d']).map(name => container(random, name)),
    ...(random.chance(0.02) ? [container(random, 'c')] : []),
  ],
  initContainers: random.maybe(() => [container(random, 'init')], 0.2),
  volumes: random.maybe(() => random.some(['v', 'w'], 0.8).map(name => volume(random, name)), 0.9),
  imagePullSecrets: random.maybe(() => random.some(['s', 't']).map(name => ({ name })), 0.3),
  tolerations: random.maybe(() => [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }], 0.1),
})

const template = (random: Random) => ({
  metadata: {
    labels: random.chance(0.97) ? { app: 'x', ...random.maybe(() => strings(random)) } : { app: 'other' },
    annotations: random.maybe(() => strings(random), 0.3),
  },
  spec: podSpec(random),
})

const replicas = (random: Random) => random.maybe(() => random.pick([0, 1, 2, -1]), 0.3)

const selector = (random: Random) =>
  random.chance(0.98) ? { matchLabels: { app: 'x' } } : random.pick([{}, undefined, { matchLabels: { app: 'y' } }])

const subjects = (random: Random) =>
  random.some(['u', 'v', 'sa', 'group', 'bad'], 0.35).map(name => {
    if (name === 'sa') return { kind: 'ServiceAccount', name: 's', namespace: random.maybe(() => 'one', 0.9) }
    if (name === 'group') return { kind: 'Group', name: 'readers', apiGroup: rbac }
    if (name === 'bad')
      return random.pick([
        { kind: 'Robot', name: 'r' },
        { kind: 'User', name: 'u', apiGroup: 'x' },
        { kind: 'User', name: '' },
      ])
    return { kind: 'User', name, apiGroup: random.maybe(() => rbac) }
  })

const rule = (random: Random) =>
  random.pick([
    { verbs: ['get', 'list'], apiGroups: [''], resources: ['configmaps', 'pods'] },
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments', 'deployments/status'] },
    { verbs: ['get', 'update'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] },
    { verbs: ['get'], nonResourceURLs: ['/version', '/healthz*'] },
    { verbs: [], apiGroups: [''], resources: ['pods'] },
    { verbs: ['get'], apiGroups: [], resources: ['pods'] },
    { verbs: ['impersonate'], apiGroups: [''], resources: ['serviceaccounts'] },
  ])

const rules = (random: Random) => random.maybe(() => [rule(random), ...(random.chance(0.3) ? [rule(random)] : [])], 0.9)

const roleRef = (random: Random, kinds: readonly string[]) => ({
  apiGroup: random.maybe(() => random.pick([rbac, rbac, rbac, 'x']), 0.8),
  kind: random.chance(0.97) ? random.pick(kinds) : random.pick(['Role', 'Robot']),
  name: random.pick(['view', 'view', 'edit', 'cluster-admin', 'a', 'b', 'missing']),
})

const base64 = ['MQ==', 'Mg==', '', 'YWJj']

export const generatedKinds: readonly GeneratedKind[] = [
  {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true, weight: 3 },
    make: (random, name) => ({
      metadata: metadata(random, name),
      data: random.maybe(() => ({ ...strings(random), ...(random.chance(0.03) && { 'bad key': 'x' }) })),
      binaryData: random.maybe(() => ({ bin: random.pick(base64) }), 0.1),
      immutable: random.maybe(() => random.chance(0.2), 0.1),
    }),
  },
  {
    ...{ apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true, weight: 4 },
    make: (random, name) => ({
      metadata: metadata(random, name),
      type: random.maybe(() => random.pick(['Opaque', 'x.io/kind', 'kubernetes.io/basic-auth']), 0.3),
      data: random.maybe(
        () =>
          Object.fromEntries(
            random
              .some(['config', 'name', 'server'])
              .map(key => [key, random.chance(0.97) ? random.pick(base64) : 'no base64']),
          ),
        0.8,
      ),
      stringData: random.maybe(() => ({ name: random.pick(['x', 'y']) }), 0.2),
    }),
  },
  {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true, weight: 3 },
    make: (random, name) => ({
      metadata: metadata(random, name),
      secrets: random.maybe(() => random.some(['s', 't']).map(each => ({ name: each }))),
      imagePullSecrets: random.maybe(() => random.some(['s', 't']).map(each => ({ name: each }))),
      automountServiceAccountToken: random.maybe(() => random.chance(0.5), 0.3),
    }),
  },
  {
    ...{ apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false, weight: 1 },
    make: (random, name) => ({ metadata: metadata(random, name) }),
  },
  {
    ...{ apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, weight: 1 },
    make: (random, name) => ({ metadata: metadata(random, name), spec: podSpec(random) }),
  },
  {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true, weight: 5 },
    make: (random, name) => ({
      metadata: metadata(random, name),
      spec: {
        replicas: replicas(random),
        selector: selector(random),
        template: template(random),
        strategy: random.maybe(
          () =>
            random.pick([
              { type: 'Recreate' },
              { rollingUpdate: { maxSurge: 1 } },
              { rollingUpdate: { maxSurge: '150%', maxUnavailable: 0 } },
              { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } },
              { rollingUpdate: { maxSurge: -1, maxUnavailable: '150%' } },
              { rollingUpdate: { maxSurge: 'x', maxUnavailable: '' } },
              { type: 'Recreate', rollingUpdate: {} },
              { type: 'Wrong' },
            ]),
          0.1,
        ),
        revisionHistoryLimit: random.maybe(() => random.pick([0, 3]), 0.1),
        minReadySeconds: random.maybe(() => random.pick([0, 5]), 0.1),
        paused: random.maybe(() => random.chance(0.5), 0.1),
      },
    }),
  },
  {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true, weight: 4 },
    make: (random, name) => ({
      metadata: metadata(random, name),
      spec: {
        replicas: replicas(random),
        serviceName: random.maybe(() => random.pick(['svc', 'svc', 'Bad_Name']), 0.9),
        selector: selector(random),
        template: template(random),
        podManagementPolicy: random.maybe(() => random.pick(['Parallel', 'Wrong']), 0.05),
        updateStrategy: random.maybe(
          () =>
            random.pick([
              { type: 'OnDelete' },
              { type: 'RollingUpdate' },
              { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
              { type: 'RollingUpdate', rollingUpdate: { partition: -1 } },
            ]),
          0.1,
        ),
      },
    }),
  },
  {
    ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', plural: 'clusterroles', namespaced: false, weight: 2 },
    make: (random, name) => ({
      metadata: metadata(random, name),
      rules: rules(random),
      aggregationRule: random.maybe(
        () => random.pick([{ clusterRoleSelectors: [{ matchLabels: { none: 'such' } }] }, {}]),
        0.05,
      ),
    }),
  },
  {
    ...{ apiVersion: `${rbac}/v1`, kind: 'Role', plural: 'roles', namespaced: true, weight: 2 },
    make: (random, name) => ({ metadata: metadata(random, name), rules: rules(random) }),
  },
  {
    ...{
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      plural: 'clusterrolebindings',
      namespaced: false,
      weight: 3,
    },
    make: (random, name) => ({
      metadata: metadata(random, name),
      roleRef: roleRef(random, ['ClusterRole']),
      subjects: random.maybe(() => subjects(random), 0.9),
    }),
  },
  {
    ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', plural: 'rolebindings', namespaced: true, weight: 3 },
    make: (random, name) => ({
      metadata: metadata(random, name),
      roleRef: roleRef(random, ['ClusterRole', 'Role']),
      subjects: random.maybe(() => subjects(random), 0.9),
    }),
  },
]
