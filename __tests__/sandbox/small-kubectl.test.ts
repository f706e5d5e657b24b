import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administratorToken } from '../../sandbox/administrator.ts'
import { createKeyring } from '../../sandbox/keyring.ts'
import { kubeconfigOfCaller } from '../../sandbox/run-command/kubeconfig.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { clusterOf } from '../../sandbox/worlds/builder.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { LOGINS_TEMPLATE } from '../../src/kubernetes/run-command-logins.ts'

/** The small kubectl beside the real one: each has its own sandbox, and what they are told to do they do in the same order. */
const root = join(import.meta.dirname, '../..')
const hub = 'argocd-rg/argocd-aks'
const target = 'dev-rg/devworkloadaks1'

const built = spawnSync(process.execPath, ['control-plane/build.ts', '--check'], { cwd: root, encoding: 'utf8' })
const assets = process.env.KUBEBUILDER_ASSETS || (built.status === 0 ? built.stdout.trim() : undefined)
const real = assets && join(assets, 'kubectl')
const small = join(root, 'sandbox/run-command/kubectl/kubectl.ts')

interface Ended {
  stdout: string
  stderr: string
  code: number
}

interface Side {
  sandbox: Sandbox
  folder: string
  run(args: string[]): Promise<Ended>
  stop(): Promise<void>
}

const keyring = await createKeyring()

async function sideWith(kubectl: string, leading: string[]): Promise<Side> {
  const world = worlds['duplicate-server']!()
  clusterOf(world, target).closedToRunner = 'no such host'
  const sandbox = await startSandbox(world, { keyring })
  const folder = await mkdtemp(join(tmpdir(), 'small-kubectl-'))
  const files = { ...(await filesFor(sandbox)), ...given }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const { HTTPS_PROXY = '' } = sandbox.environment
  const env = { PATH: '', HOME: folder, KUBECONFIG: join(folder, 'kubeconfig'), HTTPS_PROXY }
  const run = (args: string[]) =>
    new Promise<Ended>(resolve => {
      const child = execFile(
        kubectl,
        [...leading, ...args],
        { cwd: folder, env, timeout: 20_000 },
        (error, stdout, stderr) => resolve({ stdout, stderr, code: Number(error?.code ?? 0) }),
      )
      child.stdin!.end()
    })
  const stop = async () => {
    await sandbox.stop()
    await rm(folder, { recursive: true })
  }
  return { sandbox, folder, run, stop }
}

async function filesFor({ world }: Sandbox): Promise<Record<string, string>> {
  const cluster = clusterOf(world, hub)
  const iss = `https://sts.windows.net/${world.tenantId}/`
  const stranger = { iss, oid: 'a-stranger', aud: '6dae42f8-4368-4678-94ff-3960e28e3630', exp: 4e9 }
  return {
    kubeconfig: await kubeconfigOfCaller(cluster, await administratorToken(keyring), keyring),
    stranger: await kubeconfigOfCaller(cluster, await keyring.sign(iss, stranger, 'test'), keyring),
    nobody: '',
    'ca.pem': (await keyring.authority(cluster.authority.served)).certificate,
    'other-ca.pem': (await keyring.authority('somebody else')).certificate,
  }
}

const object = (content: object) => `${JSON.stringify(content)}\n`
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'svc', namespace: 'argocd' } }
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'argocd' }, type: 'Opaque' }
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'b' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
}

const given: Record<string, string> = {
  logins: LOGINS_TEMPLATE,
  'account.json': object(account),
  'secret.json': object({ ...secret, data: { server: 'aGk=', note: 'PGEmYj4=' } }),
  'secret-of-text.json': object({ ...secret, metadata: { ...secret.metadata, annotations: { note: '<a&b>' } } }),
  'changed-secret.json': object({ ...secret, data: { server: 'aG8=' } }),
  'bad-secret.json': object({ ...secret, data: { '!': 'aGk=', '?': 'aGk=' } }),
  'binding.json': object({
    ...binding,
    subjects: [{ kind: 'User', name: 'x', apiGroup: 'rbac.authorization.k8s.io' }],
  }),
  'bad-binding.json': object({ ...binding, subjects: [{ kind: 'User', name: '' }] }),
  'unknown.json': object({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } }),
  'review.json': object({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'get', resource: 'secrets' } },
  }),
  'delete.json': object({ apiVersion: 'v1', kind: 'DeleteOptions' }),
  'delete-other.json': object({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } }),
  'patch.json': object({ data: { server: 'aGE=' } }),
  'stale-patch.json': object({ metadata: { resourceVersion: '1' }, data: { server: 'aGI=' } }),
  'bad-patch.json': object({ type: 'kubernetes.io/tls' }),
  'label-patch.json': object({ metadata: { labels: { ours: 'yes' } } }),
  applications:
    '{range .items[?(@.spec.destination.server=="https://a")]}{.metadata.namespace}{"|"}{.metadata.ownerReferences}{"|"}{.spec.destination}{"\\n"}{end}{range .items[?(@.spec.destination.name=="b")]}{.metadata.name}{"|"}{.spec}{"\\n"}{end}',
  'application.json': object({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'argocd' },
    spec: { project: '<a&b>', destination: { server: 'https://a', namespace: 'web' } },
  }),
  'other-application.json': object({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'jobs', namespace: 'argocd' },
    spec: { destination: { name: 'b' }, sources: [{ z: 1, a: 0.5 }] },
  }),
  projection:
    '{range .items[*]}{.metadata.name}{"|"}{.data.server}{"|"}{.metadata.labels.argocd\\.argoproj\\.io/secret-type}{"|"}{.metadata.annotations.none\\.of/them}{"\\n"}{end}',
}

const ours = ['--server-side', '--field-manager=ours', '--validate=false', '--output=json']
const merge = (file: string) => ['--type=merge', '--field-manager=ours', '--output=json', '--patch-file', file]
const secrets = '/api/v1/namespaces/argocd/secrets'
const applications = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications'
const raw = (file: string) => ['--filename', file]

/** What the calls are about, and what is typed; `{server}` and `{target}` stand for URLs. */
const calls: [string, string[]][] = [
  ['a path', ['get', '--raw', '/version']],
  ['a list that is empty', ['get', '--raw', `${secrets}?labelSelector=a%3Db&limit=500`]],
  ['an object that is not there', ['get', '--raw', `${secrets}/none`]],
  ['an API that is not there', ['get', '--raw', '/apis/example.com/v1/things']],
  ['flags in front', ['--namespace', 'argocd', 'get', '--raw=/readyz']],
  ['a question', ['create', '--raw', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', ...raw('review.json')]],
  ['a file that is not there', ['create', '--raw', secrets, ...raw('none.json')]],
  ['a new object', ['apply', ...ours, ...raw('account.json')]],
  ['another new object', ['apply', ...raw('secret.json'), ...ours]],
  ['the same again', ['apply', ...ours, ...raw('secret.json')]],
  ['an object without a namespace', ['apply', ...ours, ...raw('binding.json')]],
  ['letters that Go escapes', ['apply', ...ours, ...raw('secret-of-text.json')]],
  ['a conflict', ['apply', ...ours, '--field-manager=theirs', ...raw('changed-secret.json')]],
  ['two conflicts', ['apply', ...ours, '--field-manager=theirs', ...raw('secret.json')]],
  [
    'a conflict that is overridden',
    ['apply', ...ours, '--force-conflicts', '--field-manager', 'theirs', ...raw('changed-secret.json')],
  ],
  ['one fault', ['apply', ...ours, ...raw('bad-binding.json')]],
  ['two faults', ['apply', ...ours, ...raw('bad-secret.json')]],
  ['a kind that is not there', ['apply', ...ours, ...raw('unknown.json')]],
  ['an object in a file that is not there', ['apply', ...ours, ...raw('none.json')]],
  [
    'a patch',
    [
      'patch',
      'secret',
      'a',
      '--namespace',
      'argocd',
      '--type=merge',
      '--patch-file',
      'patch.json',
      '--field-manager=ours',
      '--output=json',
    ],
  ],
  ['a patch that changes nothing', ['patch', 'secrets', 'a', '--namespace', 'argocd', ...merge('patch.json')]],
  ['a patch of what has changed', ['patch', 'secrets', 'a', '--namespace', 'argocd', ...merge('stale-patch.json')]],
  ['a patch that is not allowed', ['patch', 'secrets', 'a', '--namespace', 'argocd', ...merge('bad-patch.json')]],
  ['a patch of a workload', ['patch', 'deployments', 'argocd-server', '-n', 'argocd', ...merge('label-patch.json')]],
  ['a patch without a namespace', ['patch', 'clusterrolebindings', 'b', ...merge('label-patch.json')]],
  [
    'a patch of nothing',
    ['patch', 'secret', 'none', '-n', 'argocd', '--type', 'merge', '--patch-file=patch.json', '-o', 'json'],
  ],
  [
    'secrets by label',
    [
      'get',
      'secrets',
      '--namespace',
      'argocd',
      '--selector=argocd.argoproj.io/secret-type=cluster',
      '--output',
      'jsonpath-file=projection',
    ],
  ],
  [
    'secrets by name',
    [
      'get',
      'secrets',
      '--namespace',
      'argocd',
      '--field-selector=metadata.name=a',
      '--output',
      'jsonpath-file=projection',
    ],
  ],
  ['an application', ['create', '--raw', applications, ...raw('application.json')]],
  ['another application', ['create', '--raw', applications, ...raw('other-application.json')]],
  [
    'applications by destination',
    ['get', 'applications.argoproj.io', '--all-namespaces', '-o', 'jsonpath-file=applications'],
  ],
  [
    'applications of a namespace',
    ['get', 'applications.argoproj.io', '-n', 'default', '-o', 'jsonpath-file=applications'],
  ],
  ['a type that is not there', ['get', 'things.example.com', '-A', '-o', 'jsonpath-file=applications']],
  [
    'somebody who may not list applications',
    ['get', 'applications.argoproj.io', '-A', '-o', 'jsonpath-file=applications', '--kubeconfig', 'stranger'],
  ],
  ['no secrets', ['get', 'secrets', '--namespace=none', '--selector', 'a=b', '-o', 'jsonpath-file=projection']],
  [
    'configs in quotation marks',
    [
      ...['get', 'secrets', '--namespace', 'argocd', '--selector=argocd.argoproj.io/secret-type=cluster'],
      ...['--output', 'go-template-file=logins'],
    ],
  ],
  [
    'a config',
    ['get', 'secret', 'dev-a', '--namespace', 'argocd', '--output', 'go-template={{.data.config | base64decode}}'],
  ],
  [
    'a config that is not there',
    ['get', 'secret', 'none', '--namespace', 'argocd', '--output', 'go-template={{.data.config | base64decode}}'],
  ],
  ['a deletion of another object', ['delete', '--raw', `${secrets}/a`, ...raw('delete-other.json')]],
  ['a deletion', ['delete', '--raw', `${secrets}/a`, ...raw('delete.json')]],
  ['a deletion of nothing', ['delete', '--raw', `${secrets}/a`, ...raw('delete.json')]],
  ['somebody who may not read', ['get', '--raw', secrets, '--kubeconfig', 'stranger']],
  [
    'somebody who may not list',
    [
      'get',
      'secrets',
      '--namespace',
      'argocd',
      '--selector=a=b',
      '--output',
      'jsonpath-file=projection',
      '--kubeconfig',
      'stranger',
    ],
  ],
  ['somebody who may not write', ['apply', ...ours, ...raw('account.json'), '--kubeconfig', 'stranger']],
  [
    'somebody who may not enter',
    [
      'exec',
      '--namespace',
      'argocd',
      'argocd-application-controller-0',
      '--container',
      'argocd-application-controller',
      '--kubeconfig',
      'stranger',
      '--',
      'env',
    ],
  ],
  [
    'somebody who may not patch',
    ['patch', 'deployments', 'argocd-server', '-n', 'argocd', ...merge('label-patch.json'), '--kubeconfig', 'stranger'],
  ],
  ['a token that nobody knows', ['get', '--raw', '/version', '--token=anything']],
  ['nobody at all', ['get', '--raw', '/version', '--kubeconfig', 'nobody', '--server', '{server}']],
  [
    'a server by flags',
    [
      'get',
      '--raw',
      '/version',
      '--kubeconfig',
      'nobody',
      '--request-timeout=15s',
      '--token',
      'x',
      '--certificate-authority',
      'ca.pem',
      '--server',
      '{server}',
    ],
  ],
  [
    'a server of another authority',
    [
      'get',
      '--raw',
      '/version',
      '--kubeconfig',
      'nobody',
      '--token=x',
      '--certificate-authority=other-ca.pem',
      '--server={server}',
    ],
  ],
  [
    'a server without a way there',
    [
      'get',
      '--raw',
      '/version',
      '--kubeconfig',
      'nobody',
      '--token=x',
      '--certificate-authority=ca.pem',
      '--server={target}',
    ],
  ],
  [
    'a program in a pod',
    [
      'exec',
      '--namespace',
      'argocd',
      'argocd-application-controller-0',
      '--container',
      'argocd-application-controller',
      '--',
      'env',
      'A=B',
      'sh',
      '-c',
      'echo "$A"; echo oops >&2; exit 7',
    ],
  ],
  [
    'a program in a pod of a StatefulSet',
    [
      'exec',
      '--namespace',
      'argocd',
      'statefulset/argocd-application-controller',
      '--container',
      'argocd-application-controller',
      '--',
      'sh',
      '-c',
      'echo "$HOSTNAME"',
    ],
  ],
  [
    'a program in a pod of a Deployment',
    ['exec', '-n', 'argocd', 'deployment/argocd-server', '-c', 'argocd-server', '--', 'sh', '-c', 'exit 20'],
  ],
  [
    'a program that is not there',
    [
      'exec',
      '--namespace',
      'argocd',
      'pod/argocd-application-controller-0',
      '--container',
      'argocd-application-controller',
      '--',
      'none',
    ],
  ],
  [
    'a container that is not there',
    ['exec', '--namespace', 'argocd', 'argocd-application-controller-0', '--container', 'none', '--', 'env'],
  ],
  ['a pod that is not there', ['exec', '--namespace', 'argocd', 'none', '--container', 'none', '--', 'env']],
  [
    'a workload that is not there',
    ['exec', '--namespace', 'argocd', 'deployment/none', '--container', 'none', '--', 'env'],
  ],
]

describe.skipIf(!real)('the small kubectl does as the real one', () => {
  const sides: Side[] = []
  beforeAll(async () => {
    sides.push(await sideWith(real!, []), await sideWith(process.execPath, [small]))
  })
  afterAll(() => Promise.all(sides.map(side => side.stop())))

  test.each(calls)('%s', async (_, typed) => {
    const [theirs, mine] = await Promise.all(
      sides.map(async side => timeless(await side.run(typed.map(word => filled(word, side.sandbox))))),
    )
    expect(mine).toEqual(theirs)
  })
})

const filled = (word: string, { world }: Sandbox): string =>
  word
    .replace('{server}', `https://${clusterOf(world, hub).arm.properties.privateFQDN}:443`)
    .replace('{target}', `https://${clusterOf(world, target).arm.properties.privateFQDN}:443`)

/** Without what differs between two servers, and from one minute to the next. */
const timeless = ({ stdout, stderr, code }: Ended) => ({ code, stdout: scrubbed(stdout), stderr: scrubbed(stderr) })

const scrubbed = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, '<time>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
    .replace(/("resourceVersion": ?)"\d+"/g, '$1"<version>"')
    .replace(/"manager":"\w+"/, '"manager":"kubectl"')
