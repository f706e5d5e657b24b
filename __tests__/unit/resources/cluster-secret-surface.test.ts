import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { configOf, isClusterSecret, type Registration, registeredCluster } from '../../../src/argocd/cluster-secret.ts'
import type { Deployments } from '../../../src/argocd/deployments.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import type { Action } from '../../../src/plan.ts'
import { clusterSecret, feltChange, type WantedSecret } from '../../../src/resources/cluster-secret.ts'
import { certificateAuthority, hub, managedIdentity, server, target, tenant } from '../names.ts'
import { applied, fields } from '../steps.ts'

const registration: Registration = {
  name: 'dev',
  server,
  certificateAuthority,
  clientId: managedIdentity.clientId,
  tenantId: tenant,
  authorityHost: 'https://login.microsoftonline.com/',
}
const base64 = (text: string) => Buffer.from(text).toString('base64')
const wantedWith = ({
  registration: saying = {},
  ...but
}: Partial<Omit<WantedSecret, 'registration'>> & { registration?: Partial<Registration> } = {}): WantedSecret => ({
  namespace: 'argocd',
  secretName: 'dev',
  registration: { ...registration, ...saying },
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
})
const nobody: Deployments = { applications: [], applicationSets: [], appProjects: [], unseen: [] }
type Wanted = Parameters<typeof wantedWith>[0]

/** The Secret that such a run leaves behind. */
const left = (but: Wanted = {}): KubernetesObject => {
  const [object] = applied(clusterSecret(wantedWith(but), [], [], [], undefined).action)
  return JSON.parse(JSON.stringify({ ...object, metadata: { ...object!.metadata, resourceVersion: '1' } }))
}

function plan(live: KubernetesObject, but: Wanted = {}, deployments: Deployments = nobody) {
  return clusterSecret(wantedWith(but), [registeredCluster(live)], [], [], deployments)
}
const changes = ({ changes }: Action) => Object.fromEntries(changes.map(({ field, from, to }) => [field, [from, to]]))

const everything: Wanted = {
  labels: { env: 'dev' },
  tagLabels: { owner: 'web', none: undefined },
  annotations: { note: 'x' },
  registration: {
    project: 'team',
    namespaces: ['a', 'b'],
    clusterResources: true,
    shard: 0,
    tlsServerName: 'inner',
    proxyUrl: 'http://proxy',
  },
}

test('all that was set is right in the next run', () => {
  expect(plan(left(everything), everything).action).toMatchObject({ kind: 'unchanged', changes: [] })
})

test('all that was set is taken back when nothing asks for it any more', () => {
  expect(changes(plan(left(everything)).action)).toEqual({
    'metadata.labels.env': ['dev', undefined],
    'metadata.labels.owner': ['web', undefined],
    'metadata.annotations.note': ['x', undefined],
    "metadata.annotations['argo-aks-onboard/labels']": ['env,owner', undefined],
    "metadata.annotations['argo-aks-onboard/annotations']": ['note', undefined],
    'data.config.tlsClientConfig.serverName': ['(hidden)', undefined],
    'data.config.proxyUrl': ['(hidden)', undefined],
    'data.namespaces': ['a,b', undefined],
    'data.clusterResources': ['true', undefined],
    'data.project': ['team', undefined],
    'data.shard': ['0', undefined],
  })
})

describe('what another hand did to a Secret of ours', () => {
  const edited = (change: (secret: KubernetesObject) => void, but: Wanted = {}) => {
    const secret = left(but)
    change(secret)
    return secret
  }
  test.each<[what: string, live: KubernetesObject, wanted: Wanted, changed: string[]]>([
    [
      'a label and an annotation stay',
      edited(({ metadata }) =>
        Object.assign(metadata, {
          labels: { ...metadata.labels, a: 'b' },
          annotations: { ...metadata.annotations, c: 'd' },
        }),
      ),
      {},
      [],
    ],
    [
      'a label that we ask for later stays theirs',
      edited(({ metadata }) => Object.assign(metadata.labels!, { env: 'dev' })),
      { labels: { env: 'dev' } },
      [],
    ],
    [
      'a label that we ask for with another value becomes ours',
      edited(({ metadata }) => Object.assign(metadata.labels!, { env: 'prod' })),
      { labels: { env: 'dev' } },
      ['metadata.labels.env', "metadata.annotations['argo-aks-onboard/labels']"],
    ],
    [
      'a label of ours that was deleted comes back',
      edited(({ metadata }) => delete metadata.labels!.env, { labels: { env: 'dev' } }),
      { labels: { env: 'dev' } },
      ['metadata.labels.env'],
    ],
    [
      'namespaces in another order are the same',
      edited(({ data }) => Object.assign(data, { namespaces: base64('b , a,') }), {
        registration: { namespaces: ['a', 'b'] },
      }),
      { registration: { namespaces: ['a', 'b'] } },
      [],
    ],
    [
      'one namespace more is not',
      edited(({ data }) => Object.assign(data, { namespaces: base64('a,b,c') }), {
        registration: { namespaces: ['a', 'b'] },
      }),
      { registration: { namespaces: ['a', 'b'] } },
      ['data.namespaces'],
    ],
    [
      'the marks of a cache that Argo CD’s UI invalidated stay',
      edited(({ metadata }) =>
        Object.assign(metadata.annotations!, {
          'managed-by': 'argocd.argoproj.io',
          'argocd.argoproj.io/refresh': '2026',
        }),
      ),
      {},
      [],
    ],
    ['a key that Argo CD does not know stays', edited(({ data }) => Object.assign(data, { note: 'eA==' })), {}, []],
  ])('%s', (_what, live, wanted, changed) => {
    const { action, refusals } = plan(live, wanted)
    expect(fields(action)).toEqual(changed)
    expect(refusals).toEqual([])
  })
})

const set = (selector: object): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name: 'set', namespace: 'argocd' },
  spec: { generators: [{ clusters: { selector } }] },
})
const ofDev: Deployments = { ...nobody, applicationSets: [set({ matchLabels: { env: 'dev' } })] }
const unseen: Deployments = { ...nobody, unseen: ['applications', 'applicationsets'] }

describe('a change that others feel', () => {
  const labelled: Wanted = { labels: { env: 'dev' } }
  test.each<[what: string, live: KubernetesObject, wanted: Wanted, deployments: Deployments, refused: string[]]>([
    [
      'of a name',
      left(labelled),
      { ...labelled, registration: { name: 'new' } },
      ofDev,
      ['would change its name (dev -> new)'],
    ],
    [
      'of a name, allowed',
      left(labelled),
      { ...labelled, registration: { name: 'new' }, mayRetarget: true },
      ofDev,
      [],
    ],
    ['of a name, and nobody feels it', left(labelled), { ...labelled, registration: { name: 'new' } }, nobody, []],
    [
      'of a name, and nobody can tell',
      left(labelled),
      { ...labelled, registration: { name: 'new' } },
      unseen,
      ['would change its name (dev -> new)'],
    ],
    ['of labels', left(labelled), {}, ofDev, ['would change its labels or annotations (env)']],
    ['of labels, allowed', left(labelled), { mayRelabel: true }, ofDev, []],
    ['of labels, and nobody can tell', left(labelled), {}, unseen, ['would change its labels or annotations (env)']],
    [
      'of labels, allowed for names',
      left(labelled),
      { mayRetarget: true },
      ofDev,
      ['would change its labels or annotations (env)'],
    ],
    [
      'of both',
      left(labelled),
      { registration: { name: 'new' } },
      { ...nobody, applicationSets: [...ofDev.applicationSets, set({})] },
      ['would change its name (dev -> new)', 'would change its labels or annotations (env)'],
    ],
    [
      'of a tag',
      left({ tagLabels: { env: 'dev' } }),
      { tagLabels: { env: 'prod' } },
      nobody,
      ['has the label env=dev, and a tag of the cluster now says prod'],
    ],
    [
      'of a tag that is gone',
      left({ tagLabels: { env: 'dev' } }),
      { tagLabels: { env: undefined } },
      nobody,
      ['has the label env=dev, and a tag of the cluster now says nothing'],
    ],
    [
      'of a tag, allowed',
      left({ tagLabels: { env: 'dev' } }),
      { tagLabels: { env: 'prod' }, mayRelabel: true },
      nobody,
      [],
    ],
    ['of a tag that is new', left(), { tagLabels: { env: 'dev' } }, nobody, []],
  ])('%s', (_what, live, wanted, deployments, refused) => {
    expect(
      plan(live, wanted, deployments).refusals.map(({ what }) =>
        what.replace('Cluster Secret argocd/dev ', '').replace(/, and (Appl|who).*$/, ''),
      ),
    ).toEqual(refused)
  })

  test('is looked for where there is one, and not otherwise', () => {
    const looked = (live: KubernetesObject, but: Wanted) =>
      feltChange(wantedWith(but), [registeredCluster(live)], []) !== undefined
    expect(looked(left(), { registration: { name: 'new' } })).toBe(true)
    expect(looked(left(), labelled)).toBe(true)
    expect(looked(left(), { annotations: { a: 'b' } })).toBe(true)
    expect(
      looked(left(), { registration: { certificateAuthority: 'bmV3' }, grant: 'azure:x', hub: `${hub.id}2` }),
    ).toBe(false)
    expect(feltChange(wantedWith(labelled), [], [])).toBeUndefined()
  })

  test('is told along with the plan where it is allowed', () => {
    const allowed = plan(
      left(labelled),
      { registration: { name: 'new' }, labels: { env: 'dev' }, mayRetarget: true },
      ofDev,
    )
    expect(allowed.action.note).toBe('felt by ApplicationSet argocd/set (clusters generator)')
  })
})

const theirs = (but: Record<string, string> = {}, metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'theirs',
    namespace: 'argocd',
    resourceVersion: '1',
    labels: { 'argocd.argoproj.io/secret-type': 'cluster', team: 'web' },
    ...metadata,
  },
  type: 'Opaque',
  data: Object.fromEntries(
    Object.entries({ name: 'dev', server, config: JSON.stringify(configOf(registration)), ...but }).map(
      ([key, text]) => [key, base64(text)],
    ),
  ),
})

describe('a Secret that another tool made', () => {
  test.each<[what: string, live: KubernetesObject, wanted: Wanted, why: string]>([
    ['has no label of ours', theirs(), { labels: { env: 'dev' } }, 'it differs in label env'],
    ['has no annotation of ours', theirs(), { annotations: { a: 'b' } }, 'it differs in annotation a'],
    ['is for a project', theirs({ project: 'team' }), {}, 'it differs in project "team"'],
    [
      'is for other namespaces',
      theirs({ namespaces: 'a' }),
      { registration: { namespaces: ['b'] } },
      'it differs in namespaces "a"',
    ],
    ['is for another shard', theirs({ shard: '2' }), { registration: { shard: 1 } }, 'it differs in shard "2"'],
  ])('%s', (_what, live, wanted, why) => {
    expect(plan(live, wanted).refusals.map(refusal => refusal.why)).toEqual([why])
  })

  test('is left as it is where it says all that is wanted', () => {
    expect(
      plan(theirs({ project: 'team' }), { registration: { project: 'team' }, labels: { team: 'web' } }).action.kind,
    ).toBe('unchanged')
  })

  test('is not taken over from another project', () => {
    const wanted: Wanted = { mayAdopt: true, registration: { name: 'dev' } }
    expect(plan(theirs({ project: 'team' }), wanted).refusals.map(({ what }) => what)).toEqual([
      'Secret argocd/theirs is for the project team alone, and the input project says nothing',
    ])
    expect(
      plan(theirs({ project: 'team' }), { ...wanted, labels: { a: 'b' }, registration: { project: 'team' } }).refusals,
    ).toEqual([])
  })

  test('is not taken over from a controller, which would set it back', () => {
    const owner = { apiVersion: 'cluster.x-k8s.io/v1', kind: 'Cluster', name: 'dev', uid: 'u', controller: true }
    const live = theirs({ name: 'x' }, { ownerReferences: [owner] })
    expect(plan(live, { mayAdopt: true }).refusals.map(({ what }) => what)).toEqual([
      'Secret argocd/theirs belongs to Cluster dev',
    ])
  })

  test('keeps its labels, which are no business of ours later', () => {
    const { action } = plan(theirs({ name: 'x' }), { mayAdopt: true, labels: { team: 'web', env: 'dev' } })
    const [object] = applied(action)
    expect(object!.metadata.annotations).toMatchObject({ 'argo-aks-onboard/labels': 'env' })
  })
})

const fixtures = join(import.meta.dirname, '../../../../shared/fixtures/argocd/cluster-secrets')
describe.skipIf(!existsSync(fixtures))(
  'the cluster Secrets at hand (skipped where ../shared/fixtures is not there)',
  () => {
    const documents = existsSync(fixtures)
      ? readdirSync(fixtures)
          .filter(file => file.endsWith('.yaml'))
          .flatMap(file =>
            parseAllDocuments(readFileSync(join(fixtures, file), 'utf8')).map(each => [file, each.toJS()] as const),
          )
      : []
    const secrets = documents.filter(([, secret]) => secret?.kind === 'Secret')
    const stored = ({ stringData = {}, data = {}, ...secret }: KubernetesObject): KubernetesObject => {
      const encoded = Object.entries(stringData).map(([key, text]) => [key, base64(String(text))])
      return { ...secret, data: { ...data, ...Object.fromEntries(encoded) } } as KubernetesObject
    }

    test.each(secrets)('%s becomes ours when that is allowed, and then is right', (_file, fixture) => {
      const live = stored(fixture)
      const { server, name } = registeredCluster(live)
      const project = live.data.project ? { project: Buffer.from(live.data.project, 'base64').toString() } : {}
      const wanted: Wanted = {
        mayAdopt: true,
        mayRetarget: true,
        secretName: live.metadata.name,
        registration: { server, name: `${name}2`, ...project },
      }
      const registered = isClusterSecret(live) ? [registeredCluster(live)] : []
      const others = isClusterSecret(live) ? [] : [live]
      const { action, refusals } = clusterSecret(wantedWith(wanted), registered, others, [], nobody)
      expect(refusals).toEqual([])
      expect(action.kind).toBe('update')
      const [object] = applied(action)
      const after = JSON.parse(
        JSON.stringify({
          ...object,
          metadata: { ...object!.metadata, labels: { ...live.metadata.labels, ...object!.metadata.labels } },
        }),
      )
      expect(plan(after, wanted).action.kind).toBe('unchanged')
      expect(JSON.stringify(action.changes)).not.toContain('not-a-secret')
    })
  },
)
