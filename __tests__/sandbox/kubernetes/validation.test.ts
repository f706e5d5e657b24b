import { expect, test } from 'vitest'
import type { KubernetesObject } from '../../../sandbox/world.ts'
import { apiServer, collectionOf } from './api-server.ts'
import {
  clusterRole,
  clusterRoleBinding,
  configMap,
  container,
  namespace,
  role,
  roleBinding,
  rule,
  secret,
  workload,
} from './objects.ts'

const deployment = (spec: object) => workload('Deployment', 'd', spec)
const podOf = (...containers: object[]) => workload('Deployment', 'd', {}, { containers })
const strategy = (rollingUpdate: object) => deployment({ strategy: { rollingUpdate } })
const inPod = 'spec.template.spec'
const inContainer = `${inPod}.containers[0]`
const label =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

test.each<[what: string, object: KubernetesObject, ...faults: string[]]>([
  [
    'a name in capitals',
    configMap('M'),
    "metadata.name: Invalid value: \"M\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ],
  ['no name', configMap(''), 'metadata.name: Required value: name or generateName is required'],
  [
    'a dot in the name of a namespace',
    namespace('a.b') as KubernetesObject,
    'metadata.name: Invalid value: "a.b": must not contain dots',
  ],
  ['a slash in the name of a role', role('a/b'), 'metadata.name: Invalid value: "a/b": may not contain \'/\''],
  [
    'a space in a label',
    configMap('m', {}, { labels: { a: 'b c' } }),
    `metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
  ],
  [
    'an annotation without a name',
    configMap('m', {}, { annotations: { 'a/': '' } }),
    'metadata.annotations: Invalid value: "a/": name part must be non-empty',
    `metadata.annotations: Invalid value: "a/": name part ${label} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ],
  [
    'a finalizer without a domain',
    configMap('m', {}, { finalizers: ['mine'] }),
    'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  ],
  [
    'a space in a key',
    configMap('m', { 'a b': '' }),
    "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
  ],
  [
    'a certificate without its key',
    secret('s', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }),
    'data[tls.key]: Required value',
  ],
  [
    'a rule without verbs',
    clusterRole('r', { ...rule('get', 'pods'), verbs: [] }),
    'rules[0].verbs: Required value: verbs must contain at least one value',
  ],
  [
    'a rule without resources',
    clusterRole('r', { verbs: ['get'], apiGroups: [''] }),
    'rules[0].resources: Required value: resource rules must supply at least one resource',
  ],
  [
    'a rule for both kinds of paths',
    clusterRole('r', { ...rule('get', 'pods'), nonResourceURLs: ['/x'] }),
    'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
  ],
  [
    'a path in a namespace',
    role('r', { verbs: ['get'], nonResourceURLs: ['/x'] }),
    'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
  ],
  [
    'a Role for a whole cluster',
    clusterRoleBinding('b', 'Role/r', 'User/ada'),
    'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
  ],
  [
    'a subject of no kind that there is',
    roleBinding('b', 'Role/r', 'Robot/r'),
    'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
  ],
  [
    'a service account of no namespace',
    { ...clusterRoleBinding('b', 'ClusterRole/r'), subjects: [{ kind: 'ServiceAccount', name: 's' }] },
    'subjects[0].namespace: Required value',
  ],
  [
    'fewer pods than none',
    deployment({ replicas: -1 }),
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'no selector',
    deployment({ selector: null }),
    'spec.selector: Required value',
    'spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`',
  ],
  [
    'a selector of other pods',
    deployment({ selector: { matchLabels: { app: 'x' } } }),
    'spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`',
  ],
  [
    'pods that end',
    workload('Deployment', 'd', {}, { restartPolicy: 'Never' }),
    `${inPod}.restartPolicy: Unsupported value: "Never": supported values: "Always"`,
  ],
  [
    'a rollout that can do nothing',
    strategy({ maxSurge: 0, maxUnavailable: '0%' }),
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
  ],
  [
    'more than all pods',
    strategy({ maxUnavailable: '101%' }),
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
  ],
  [
    'a deadline before pods count as ready',
    deployment({ progressDeadlineSeconds: 5, minReadySeconds: 5 }),
    'spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
  ],
  [
    'a partition below none',
    workload('StatefulSet', 's', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: -1 } } }),
    'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
  ],
  ['no containers', podOf(), `${inPod}.containers: Required value`],
  ['a container without an image', podOf({ name: 'c' }), `${inContainer}.image: Required value`],
  ['two containers of a name', podOf(container(), container()), `${inPod}.containers[1].name: Duplicate value: "c"`],
  [
    'a port beyond all',
    podOf(container({ ports: [{ containerPort: 70000 }] })),
    `${inContainer}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
  ],
  [
    'a mount of no volume',
    podOf(container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] })),
    `${inContainer}.volumeMounts[0].name: Not found: "v"`,
  ],
  [
    'a variable from nowhere',
    podOf(container({ env: [{ name: 'E', valueFrom: {} }] })),
    `${inContainer}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
  ],
  [
    'more requested than the limit',
    podOf(container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } })),
    `${inContainer}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
  ],
  [
    'a probe of nothing',
    podOf(container({ livenessProbe: {} })),
    `${inContainer}.livenessProbe: Required value: must specify a handler type`,
  ],
  [
    'a token that ends at once',
    workload(
      'Deployment',
      'd',
      {},
      {
        volumes: [
          { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 10 } }] } },
        ],
      },
    ),
    `${inPod}.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes`,
  ],
])('%s is refused', async (_what, object, ...faults) => {
  const { ask } = await apiServer()
  const { status, body } = await ask(`POST ${collectionOf(object)}`, object)
  expect(status, JSON.stringify(body)).toBe(422)
  const causes = body.details.causes.map(({ field, message }: Record<string, string>) => `${field}: ${message}`)
  expect(causes).toEqual(faults)
  const summary = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`
  expect(body.message).toMatch(/^[A-Z]\w+(\.[a-z0-9.]+)? ".*" is invalid: /)
  expect(body.message).toContain(summary)
})

test.each<[what: string, object: KubernetesObject, patch: object, fault: string]>([
  [
    'the role of a binding',
    roleBinding('b', 'Role/r', 'User/ada'),
    { roleRef: { name: 's' } },
    'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"s"}: cannot change roleRef',
  ],
  [
    'the selector of a Deployment',
    deployment({}),
    { spec: { selector: { matchLabels: { app: 'd', more: 'x' } }, template: { metadata: { labels: { more: 'x' } } } } },
    'spec.selector: Invalid value: {"matchLabels":{"app":"d","more":"x"}}: field is immutable',
  ],
  [
    'the service of a StatefulSet',
    workload('StatefulSet', 's'),
    { spec: { serviceName: 'x' } },
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ],
  ['the type of a Secret', secret('s'), { type: 'x' }, 'type: Invalid value: "x": field is immutable'],
  [
    'the data of what is immutable',
    { ...configMap('m', { x: '1' }), immutable: true } as KubernetesObject,
    { data: { x: '2' } },
    'data: Forbidden: field is immutable when `immutable` is set',
  ],
])('%s cannot be changed', async (_what, object, patch, fault) => {
  const { ask, make } = await apiServer()
  await make(object)
  const { status, body } = await ask(`MERGE ${collectionOf(object)}/${object.metadata.name}`, patch)
  expect({ status, message: body.message }).toEqual({
    status: 422,
    message: expect.stringMatching(new RegExp(`${RegExp.escape(fault)}$`)),
  })
})
