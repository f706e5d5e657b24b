import { describe, expect, test } from 'vitest'
import { configOf, type Registration, registeredCluster, secretNameOf } from '../../../src/argocd/cluster-secret.ts'
import type { Deployments } from '../../../src/argocd/deployments.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { clusterSecret, type WantedSecret } from '../../../src/resources/cluster-secret.ts'
import { certificateAuthority, hub, managedIdentity, otherHub, server, target, tenant } from '../names.ts'
import { applied, fields, permissions } from '../steps.ts'

const registration: Registration = {
  name: 'devworkloadaks1',
  server,
  certificateAuthority,
  clientId: managedIdentity.clientId,
  tenantId: tenant,
  authorityHost: 'https://login.microsoftonline.com/',
}
const config = configOf(registration)
const base64 = (text: string) => Buffer.from(text).toString('base64')

const type = { 'argocd.argoproj.io/secret-type': 'cluster' }
const mark = { 'app.kubernetes.io/managed-by': 'argo-aks-onboard' }
const ids = { 'argo-aks-onboard/hub': hub.id, 'argo-aks-onboard/target': target.id }
const grant = { 'argo-aks-onboard/grant': 'kubernetes:x:*:view' }

interface Fields {
  secretName?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  name?: string
  server?: string
  config?: unknown
}

/** A cluster Secret: another tool's, and right, unless something else is said. */
const secret = ({ secretName = 'dev', labels = type, annotations = {}, ...but }: Fields = {}): KubernetesObject => {
  const { name, server: url, config: said } = { name: registration.name, server, config, ...but }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace: 'argocd', labels, annotations },
    type: 'Opaque',
    data: {
      name: base64(name),
      server: base64(url),
      config: base64(typeof said === 'string' ? said : JSON.stringify(said)),
    },
  }
}
const ours = (but: Fields = {}) => secret({ labels: { ...type, ...mark }, annotations: { ...ids, ...grant }, ...but })
/** `argocd cluster rm` has taken the label. */
const orphan = (but: Fields = {}) => ours({ labels: mark, ...but })

const secretName = secretNameOf(server)
const other = { server: 'https://other:443', name: 'other' }

function plan(
  registered: KubernetesObject[],
  others: KubernetesObject[] = [],
  but: Partial<WantedSecret> = {},
  deployments?: Deployments,
) {
  const wanted = {
    namespace: 'argocd',
    secretName,
    registration,
    otherServers: [],
    hub: hub.id,
    target: target.id,
    grant: 'kubernetes:x:*:view',
    labels: {},
    tagLabels: {},
    annotations: {},
    mayAdopt: false,
    mayRetarget: false,
    mayRelabel: false,
    ...but,
  }
  return clusterSecret(wanted, registered.map(registeredCluster), others, ['grant'], deployments)
}

test('a target that nobody registered gets a Secret, once the chain is proven', () => {
  const { action, refusals } = plan([secret({ ...other, secretName: 'other' })])
  expect(action).toMatchObject({
    id: `cluster Secret argocd/${secretName}`,
    kind: 'create',
    needs: ['grant'],
    onceProven: true,
    found: { name: secretName, server },
  })
  expect(applied(action)).toEqual([ours({ secretName })])
  expect(permissions(action)).toEqual([`hub: patch secrets ${secretName}`, `hub: create secrets ${secretName}`])
  expect(refusals).toEqual([])
})

test('the plan shows what the Secret will say, not how Kubernetes encodes it', () => {
  expect(Object.fromEntries(plan([]).action.changes.map(({ field, to }) => [field, to]))).toMatchObject({
    'data.name': 'devworkloadaks1',
    'data.server': server,
    'data.config.execProviderConfig.env.AZURE_CLIENT_ID': managedIdentity.clientId,
    'data.config.tlsClientConfig.caData': certificateAuthority,
  })
})

const upper = Object.fromEntries(Object.entries(ids).map(([key, id]) => [key, id.toUpperCase()]))
const remarshalled = { tlsClientConfig: config.tlsClientConfig, execProviderConfig: config.execProviderConfig }
const exec = config.execProviderConfig!
const rotated = { ...config, tlsClientConfig: { insecure: false, caData: base64('old') } }

describe('the Secret of a target that is registered', () => {
  test.each<[what: string, live: KubernetesObject, step: string, changed: string[]]>([
    ['is ours and right', ours(), 'unchanged dev', []],
    ['is ours, marshalled anew by Argo CD', ours({ config: remarshalled }), 'unchanged dev', []],
    ['is ours, in lines', ours({ config: JSON.stringify(config, null, 2) }), 'unchanged dev', []],
    ['is ours, with ids in another case', ours({ annotations: { ...upper, ...grant } }), 'unchanged dev', []],
    [
      'is ours, with labels and annotations of others',
      ours({
        labels: { ...type, ...mark, env: 'dev' },
        annotations: { ...ids, ...grant, 'managed-by': 'argocd.argoproj.io' },
      }),
      'unchanged dev',
      [],
    ],
    [
      'is ours, from before the authority was rotated',
      ours({ config: rotated }),
      'update dev',
      ['data.config.tlsClientConfig.caData'],
    ],
    [
      'is ours, and says more than we do',
      ours({ config: { ...config, proxyUrl: 'http://proxy' } }),
      'update dev',
      ['data.config.proxyUrl'],
    ],
    ['is ours, under another display name', ours({ name: 'x' }), 'update dev', ['data.name']],
    [
      'is ours by its resource id, at another server',
      ours({ server: 'https://old:443' }),
      'update dev',
      ['data.server'],
    ],
    [
      'is ours, and names another hub',
      ours({ annotations: { ...ids, ...grant, 'argo-aks-onboard/hub': otherHub.id } }),
      'update dev',
      ["metadata.annotations['argo-aks-onboard/hub']"],
    ],
    ["is another tool's and right", secret(), 'unchanged dev', []],
    [
      "is another tool's and right, without the port",
      secret({ server: server.replace(':443', '/') }),
      'unchanged dev',
      [],
    ],
    [
      "is another tool's and right, with more environment than ours",
      secret({
        config: {
          ...config,
          execProviderConfig: { ...exec, env: { ...exec.env, AAD_ENVIRONMENT_NAME: 'AzurePublicCloud' } },
        },
      }),
      'unchanged dev',
      [],
    ],
  ])('%s', (_what, live, step, changed) => {
    const { action, refusals } = plan([live])
    expect(`${action.kind} ${action.id}`).toBe(step.replace(' ', ' cluster Secret argocd/'))
    expect(fields(action)).toEqual(changed)
    expect(refusals).toEqual([])
  })

  test('keeps the server that Argo CD knows it by, where another tool made it', () => {
    const url = server.replace(':443', '')
    expect(plan([secret({ server: url })]).action.found).toEqual({ name: 'dev', server: url })
  })

  test('keeps its type, which Kubernetes does not change', () => {
    const live = { ...ours({ name: 'x' }), type: 'argoproj.io/cluster' }
    expect(applied(plan([live]).action)).toMatchObject([{ type: 'argoproj.io/cluster' }])
  })

  test('is set right by force, since Argo CD takes over the fields that it writes', () => {
    expect(plan([ours({ config: rotated })]).action.writes).toMatchObject([{ verb: 'apply', force: true }])
  })
})

describe('a Secret that another tool made, and that is not right,', () => {
  const wrong = secret({
    secretName: 'theirs',
    config: { ...config, execProviderConfig: { ...exec, args: ['azure', '--secret', 'hunter2'] } },
  })

  test('is refused', () => {
    expect(plan([wrong]).refusals).toEqual([
      {
        what: `${server} is already registered by Secret argocd/theirs, which another tool made`,
        why: 'it differs in config.execProviderConfig.args',
        remedy:
          'Take it over with allow: adopt (it keeps its name and its labels, and name, server and config are written anew), or delete it, and run again',
      },
    ])
  })

  test.each<[what: string, live: KubernetesObject, difference: string]>([
    ['another display name', secret({ name: 'x' }), 'name "x"'],
    ['no display name', secret({ name: '' }), `name ${JSON.stringify(server)}`],
    [
      'JSON with a comment',
      secret({ config: '{"password": "hunter2"} ## secret' }),
      'config, which Argo CD cannot read',
    ],
    ['JSON of another kind', secret({ config: 'null' }), 'config, which Argo CD cannot read'],
    [
      'no check of the certificate',
      secret({ config: { ...config, tlsClientConfig: { insecure: true } } }),
      'config.tlsClientConfig.insecure, config.tlsClientConfig.caData',
    ],
  ])('tells by what: %s', (_what, live, difference) => {
    expect(plan([live]).refusals.map(({ why }) => why)).toEqual([`it differs in ${difference}`])
  })

  test('is taken over where that is allowed, under its own name and with its labels', () => {
    const { action, refusals } = plan([wrong], [], { mayAdopt: true })
    expect(action).toMatchObject({
      id: 'cluster Secret argocd/theirs',
      kind: 'update',
      note: 'taken over from another tool, as the input allow says',
      onceProven: true,
    })
    expect(applied(action)).toEqual([ours({ secretName: 'theirs' })])
    expect(refusals).toEqual([])
  })

  test('shows nothing that may be secret in the plan', () => {
    const secrets = {
      ...config,
      bearerToken: 'hunter2',
      execProviderConfig: {
        ...exec,
        args: ['--secret', 'hunter2'],
        env: { ...exec.env, AZURE_CLIENT_SECRET: 'hunter2' },
      },
    }
    for (const live of [secret({ config: secrets }), ours({ config: secrets })]) {
      const { action } = plan([live], [], { mayAdopt: true })
      expect(JSON.stringify(action.changes)).not.toContain('hunter2')
      expect(action.changes.filter(({ field }) => field.startsWith('data.'))).toEqual([
        { field: 'data.config.execProviderConfig.args', from: '(hidden)', to: ['azure'] },
        { field: 'data.config.execProviderConfig.env.AZURE_CLIENT_SECRET', from: '(hidden)', to: undefined },
        { field: 'data.config.bearerToken', from: '(hidden)', to: undefined },
      ])
    }
  })
})

describe('a target is registered once:', () => {
  test.each<[what: string, registered: KubernetesObject[], refusal: string]>([
    [
      'two Secrets have its server',
      [secret({ secretName: 'a' }), secret({ secretName: 'b', name: 'b', server: `${server}/` })],
      'devworkloadaks1 is registered 2 times in argocd, by the Secrets a and b',
    ],
    [
      'one has its id and another its server',
      [ours({ secretName: 'a', server: 'https://old' }), secret({ secretName: 'b' })],
      'devworkloadaks1 is registered 2 times in argocd, by the Secrets a and b',
    ],
    [
      'another cluster has its name',
      [secret({ ...other, secretName: 'a', name: registration.name })],
      'The name devworkloadaks1 already stands for https://other:443, by Secret argocd/a',
    ],
    [
      'another cluster has its name beside ours',
      [ours(), secret({ ...other, secretName: 'a', name: registration.name })],
      'The name devworkloadaks1 already stands for https://other:443, by Secret argocd/a',
    ],
  ])('%s', (_what, registered, refusal) => {
    const { action, refusals } = plan(registered, [], { mayAdopt: true })
    expect(refusals.map(({ what }) => what)).toEqual([refusal])
    expect(action.writes).toEqual([])
  })
})

describe('where no Secret registers the target', () => {
  const others = {
    ...ours({ secretName: 'a', ...other, annotations: { ...ids, 'argo-aks-onboard/target': `${target.id}2` } }),
  }

  test.each<
    [
      what: string,
      registered: KubernetesObject[],
      unregistered: KubernetesObject[],
      but: Partial<WantedSecret>,
      step: string,
    ]
  >([
    ['our orphan is put back to use, whatever it is called', [], [orphan({ secretName: 'old' })], {}, 'update old'],
    ['our orphan is known by its server too', [], [orphan({ secretName: 'old', annotations: {} })], {}, 'update old'],
    [
      "our orphan of another target is not this one's",
      [],
      [orphan({ ...other, annotations: {} })],
      {},
      `create ${secretName}`,
    ],
    ["ours of another target is not this one's", [others], [others], {}, `create ${secretName}`],
    [
      "another's Secret of that name is taken over where that is allowed",
      [],
      [secret({ secretName, labels: {} })],
      { mayAdopt: true },
      `update ${secretName}`,
    ],
  ])('%s', (_what, registered, unregistered, but, step) => {
    const { action, refusals } = plan(registered, unregistered, but)
    expect(`${action.kind} ${action.id}`).toBe(step.replace(' ', ' cluster Secret argocd/'))
    expect(refusals).toEqual([])
  })

  test('an orphan gets back the label by which Argo CD finds it', () => {
    expect(fields(plan([], [orphan()]).action)).toEqual(["metadata.labels['argocd.argoproj.io/secret-type']"])
  })

  test("another's Secret of that name is refused", () => {
    expect(plan([], [secret({ secretName, labels: {} })]).refusals.map(({ what }) => what)).toEqual([
      `A Secret argocd/${secretName} is there already and is no cluster Secret`,
    ])
  })

  test('a Secret that registers another cluster is never written over, allowed or not', () => {
    const { action, refusals } = plan([others], [others], { secretName: 'a', mayAdopt: true })
    expect(refusals).toEqual([
      {
        what: 'Secret argocd/a registers another cluster, other (https://other:443)',
        why: 'a Secret stands for one cluster, and Argo CD would move to this one what it deploys to that',
        remedy: 'Choose another name with the input secret-name, or leave it empty',
      },
    ])
    expect(action.writes).toEqual([])
  })
})
