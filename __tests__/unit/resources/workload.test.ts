import { describe, expect, test } from 'vitest'
import { findWorkloads } from '../../../src/argocd/workloads.ts'
import { FIELD_MANAGER, type KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { later } from '../../../src/plan.ts'
import { podsWithoutToken, type TokenSettings, workload } from '../../../src/resources/workload.ts'
import {
  byHand,
  byWebhook,
  changed,
  ours,
  podOf,
  pointTo,
  project,
  upstream,
  withToken,
  workloadOf,
} from '../argo-cd.ts'
import { inPodSpec, ownedBy } from '../managed-fields.ts'
import { audience, issuer, oldIssuer } from '../names.ts'
import { applied, fields, permissions } from '../steps.ts'

const ISSUER = 'argo-aks-onboard/oidc-issuer'
const RESTARTED = 'argo-aks-onboard/restarted-for'
const annotation = (key: string) => `spec.template.metadata.annotations['${key}']`
const account = 'spec.template.spec.serviceAccountName'
const ownAccount = "metadata.annotations['argo-aks-onboard/own-service-account']"

const plain = workloadOf(upstream.server)
const done = annotated(withToken(plain), { [ISSUER]: issuer })

function annotated(object: KubernetesObject, annotations: Record<string, string>): KubernetesObject {
  const copy = structuredClone(object)
  copy.spec.template.metadata.annotations = annotations
  return copy
}

const asked = { audience, tokenSource: 'projected', webhook: false } as const

const plan = (live: KubernetesObject, pods = [podOf(live)], settings: Partial<TokenSettings> = {}) =>
  workload(findWorkloads([live])[0]!, pods, { ...asked, issuer, serviceAccount: undefined, ...settings }, ['before'])

/** The template that would be applied. */
const template = (live: KubernetesObject, ...rest: [pods?: KubernetesObject[], settings?: Partial<TokenSettings>]) =>
  applied(plan(live, ...rest).action)[0]?.spec.template

const container = 'spec.template.spec.containers[argocd-server]'
const everything = [
  annotation(ISSUER),
  `${container}.env[AZURE_FEDERATED_TOKEN_FILE]`,
  `${container}.volumeMounts[/var/run/secrets/azure/tokens]`,
  'spec.template.spec.volumes[azure-identity-token]',
]
const unknown = later('AKS cluster argocd-aks', 'issuerUrl')

test.each<[what: string, live: KubernetesObject, settings: Partial<TokenSettings>, changed: string[]]>([
  ['nothing is there', plain, {}, everything],
  ['all is there', done, {}, []],
  ['all is there by another tool, which our annotation is not worth a restart', withToken(plain, byHand), {}, []],
  ['only the path is missing', changed(plain, project(byHand)), {}, everything.slice(0, 2)],
  ['the issuer is another by now', annotated(withToken(plain), { [ISSUER]: oldIssuer }), {}, [annotation(ISSUER)]],
  ['the issuer is to be switched on', plain, { issuer: unknown }, everything],
  [
    'the issuer is to be switched on under pods that have a token of the old one',
    withToken(plain, byHand),
    { issuer: unknown },
    [annotation(ISSUER)],
  ],
  ['a dedicated account is wanted', done, { serviceAccount: 'svc-argocd-aks' }, [ownAccount, account]],
  [
    'a dedicated account is there',
    changed(done, spec => (spec.serviceAccountName = 'svc-argocd-aks')),
    { serviceAccount: 'svc-argocd-aks' },
    [],
  ],
])('%s', (_what, live, settings, changes) => {
  const { action, refusals } = plan(live, [podOf(live)], settings)
  expect(action.id).toBe('Deployment argocd-server')
  expect(fields(action)).toEqual(changes)
  expect(action.kind).toBe(changes.length > 0 ? 'update' : 'unchanged')
  expect(action.rollout).toEqual(
    changes.length > 0
      ? { apiVersion: 'apps/v1', kind: 'Deployment', name: 'argocd-server', namespace: 'argocd', audience }
      : undefined,
  )
  expect(permissions(action)).toEqual(changes.length > 0 ? ['hub: patch deployments argocd-server'] : [])
  expect(refusals).toEqual([])
})

test('what is applied names no more than our own fields', () => {
  expect(applied(plan(plain).action)).toEqual([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'argocd-server', namespace: 'argocd' },
      spec: {
        template: {
          metadata: { annotations: { [ISSUER]: issuer } },
          spec: {
            containers: [
              {
                name: 'argocd-server',
                env: [
                  { name: 'AZURE_FEDERATED_TOKEN_FILE', value: '/var/run/secrets/azure/tokens/azure-identity-token' },
                ],
                volumeMounts: [
                  { mountPath: '/var/run/secrets/azure/tokens', name: 'azure-identity-token', readOnly: true },
                ],
              },
            ],
            volumes: done.spec.template.spec.volumes.slice(1),
          },
        },
      },
    },
  ])
})

describe('pods that came up without a token', () => {
  const old = (uid: string) => podOf(plain, uid)

  test('are made again, once: the same pods seen again change nothing', () => {
    const first = template(done, [old('b'), old('a')])
    expect(Object.keys(first.metadata.annotations)).toEqual([ISSUER, RESTARTED])
    const restarted = annotated(done, first.metadata.annotations)
    expect(plan(restarted, [old('a'), old('b')]).action).toMatchObject({
      kind: 'unchanged',
      rollout: { name: 'argocd-server' },
    })
    expect(template(restarted, [old('c')]).metadata.annotations).not.toEqual(first.metadata.annotations)
  })

  test('are awaited where a rollout is under way that replaces them', () => {
    const rolling = { ...done, status: { ...done.status, updatedReplicas: 0 } }
    expect(plan(rolling, [old('a')]).action).toMatchObject({ kind: 'unchanged', rollout: { name: 'argocd-server' } })
  })

  test('need no annotation where the template changes anyway', () => {
    expect(Object.keys(template(plain, [old('a')]).metadata.annotations)).toEqual([ISSUER])
  })

  test.each([
    ['have been evicted', { ...old('a'), status: { phase: 'Failed' } }],
    ['are about to go', { ...old('a'), metadata: { ...old('a').metadata, deletionTimestamp: '2026-11-24T08:00:00Z' } }],
    ['belong to another workload', podOf(workloadOf(upstream.controller), 'a')],
  ])('do not matter where they %s', (_why, pod) => {
    expect(plan(done, [podOf(done), pod]).action).toMatchObject({ kind: 'unchanged' })
    expect(podsWithoutToken(findWorkloads([done])[0]!, [pod], asked)).toEqual([])
  })

  test('are nobody to restart while the template has no token either', () => {
    expect(podsWithoutToken(findWorkloads([plain])[0]!, [old('a')], asked)).toEqual([])
  })
})

describe('what an earlier run wrote is written again, or server-side apply would take it away:', () => {
  const broken = (object: KubernetesObject) => changed(object, ({ containers }) => containers[0]!.env.pop())

  test('the annotation of a restart', () => {
    const live = annotated(broken(withToken(plain)), { [ISSUER]: issuer, [RESTARTED]: 'abc' })
    expect(template(live).metadata.annotations).toEqual({ [ISSUER]: issuer, [RESTARTED]: 'abc' })
  })

  test("the service account's name, also where the input is empty by now", () => {
    const live = changed(broken(done), spec => (spec.serviceAccountName = 'svc-argocd-aks'))
    const fieldsOfUs = inPodSpec({ 'f:serviceAccountName': {} })
    expect(template(ownedBy(FIELD_MANAGER, fieldsOfUs, live)).spec.serviceAccountName).toBe('svc-argocd-aks')
    expect(template(ownedBy('helm', fieldsOfUs, live)).spec).not.toHaveProperty('serviceAccountName')
  })

  test('volume and mount as they were found', () => {
    const live = broken(withToken(plain, byHand))
    expect(template(live).spec).toMatchObject({
      containers: [{ volumeMounts: [{ mountPath: '/var/run/secrets/tokens', name: 'azure-identity-token' }] }],
      volumes: [live.spec.template.spec.volumes.at(-1)],
    })
  })
})

describe("another's value", () => {
  const owns = (fieldsOfContainer: object, volumes: object = {}) =>
    inPodSpec({ 'f:containers': { 'k:{"name":"argocd-server"}': fieldsOfContainer }, 'f:volumes': volumes })
  const variable = { 'f:env': { 'k:{"name":"AZURE_FEDERATED_TOKEN_FILE"}': { 'f:name': {}, 'f:value': {} } } }

  test('is refused, never overwritten', () => {
    const live = ownedBy('kubectl-client-side-apply', owns(variable), changed(plain, pointTo('/elsewhere')))
    const { action, refusals } = plan(live)
    expect(action.writes).toMatchObject([{ force: false }])
    expect(refusals).toEqual([
      {
        what: `Deployment argocd-server has "/elsewhere" in ${container}.env[AZURE_FEDERATED_TOKEN_FILE].value, and "/var/run/secrets/azure/tokens/azure-identity-token" is needed`,
        why: 'the value was set by kubectl-client-side-apply, and what others wrote is never overwritten',
        remedy: `Change or remove ${container}.env[AZURE_FEDERATED_TOKEN_FILE].value where kubectl-client-side-apply takes it from, then run again`,
      },
    ])
  })

  test('is refused for a volume of our name with a token for others', () => {
    const sources = { 'k:{"name":"azure-identity-token"}': { 'f:projected': { 'f:sources': {} } } }
    const live = ownedBy('helm', owns({}, sources), withToken(plain, { ...ours, audience: 'vault' }))
    expect(plan(live).refusals.map(({ why }) => why)).toEqual([expect.stringContaining('set by helm')])
  })

  test('that nobody claims is set right', () => {
    const { action, refusals } = plan(changed(plain, pointTo('/elsewhere')))
    expect(action.kind).toBe('update')
    expect(refusals).toEqual([])
  })

  test('is taken in the name of the account alone, by force', () => {
    const live = ownedBy('helm', inPodSpec({ 'f:serviceAccountName': {} }), done)
    const { action, refusals } = plan(live, [podOf(live)], { serviceAccount: 'svc-argocd-aks' })
    expect(action.writes).toMatchObject([{ force: true }])
    expect(refusals).toEqual([])
  })

  test('is refused beside the name of the account', () => {
    const live = ownedBy('helm', owns(variable), changed(plain, pointTo('/elsewhere')))
    expect(plan(live, [], { serviceAccount: 'svc-argocd-aks' }).refusals).toHaveLength(1)
  })
})

describe('the webhook', () => {
  const webhook = { tokenSource: 'webhook', webhook: true } as const
  const label = "spec.template.metadata.labels['azure.workload.identity/use']"
  const labelled = (object: KubernetesObject): KubernetesObject => {
    const copy = structuredClone(object)
    copy.spec.template.metadata.labels['azure.workload.identity/use'] = 'true'
    return copy
  }
  const byUs = (fields: object, object: KubernetesObject) =>
    ownedBy(FIELD_MANAGER, { 'f:spec': { 'f:template': fields } }, object)
  const ourLabel = { 'f:metadata': { 'f:labels': { 'f:azure.workload.identity/use': {} } } }
  const ourProjection = {
    'f:spec': {
      'f:containers': {
        'k:{"name":"argocd-server"}': {
          'f:env': { 'k:{"name":"AZURE_FEDERATED_TOKEN_FILE"}': { '.': {} } },
          'f:volumeMounts': { 'k:{"mountPath":"/var/run/secrets/azure/tokens"}': { '.': {} } },
        },
      },
      'f:volumes': { 'k:{"name":"azure-identity-token"}': { '.': {} } },
    },
  }
  const withOthers = (object: KubernetesObject) =>
    ownedBy(
      'helm',
      {
        'f:spec': {
          'f:template': {
            'f:metadata': { 'f:labels': { 'f:app.kubernetes.io/name': {} } },
            'f:spec': {
              'f:containers': {
                'k:{"name":"argocd-server"}': {
                  'f:env': { 'k:{"name":"REDIS_SERVER"}': {} },
                  'f:volumeMounts': { 'k:{"mountPath":"/tmp"}': {} },
                },
              },
              'f:volumes': { 'k:{"name":"tmp"}': {} },
            },
          },
        },
      },
      object,
    )

  test('takes our volume away with the change that brings its label', () => {
    const { action, refusals } = plan(withOthers(byUs(ourProjection, done)), undefined, webhook)
    expect(fields(action)).toEqual([label, ...everything.slice(1)])
    expect(refusals).toEqual([])
    expect(applied(action)[0]!.spec.template).not.toHaveProperty('spec')
  })

  test('goes with its label where our volume comes back', () => {
    const { action } = plan(withOthers(byUs(ourLabel, labelled(plain))), [podOf(withToken(plain, byWebhook))], {
      webhook: true,
    })
    expect(fields(action)).toEqual([...everything, label])
  })

  test('is there already', () => {
    const live = labelled(plain)
    const pods = [podOf(withToken(live, byWebhook))]
    expect(plan(byUs(ourLabel, live), pods, webhook).action).toMatchObject({ kind: 'unchanged', changes: [] })
    expect(plan(live, pods, { webhook: true }).action).toMatchObject({
      kind: 'unchanged',
      note: 'its token comes from the workload-identity webhook, by the label that somebody else put there',
    })
  })

  test('of somebody’s own is known by the pods that it changed', () => {
    const live = labelled(plain)
    expect(plan(live, [podOf(withToken(live, byWebhook))]).action.kind).toBe('unchanged')
    expect(fields(plan(live).action)).toEqual(everything)
  })

  test('gives nothing to pods that were made before it: they are made again', () => {
    const { action } = plan(byUs(ourLabel, labelled(plain)), undefined, webhook)
    expect(fields(action)).toEqual([annotation(RESTARTED)])
    expect(action.rollout).toMatchObject({ audience })
  })

  test('leaves the volume of the installer, and says whose it is', () => {
    const fieldsOfHelm = inPodSpec({ 'f:volumes': { 'k:{"name":"azure-identity-token"}': { '.': {} } } })
    expect(plan(ownedBy('helm', fieldsOfHelm, withToken(plain)), undefined, webhook).action).toMatchObject({
      kind: 'unchanged',
      note: 'its token comes from the volume azure-identity-token, which helm put there',
    })
  })

  test('is refused what would be in its way', () => {
    expect(plan(changed(plain, pointTo('/elsewhere')), undefined, webhook).refusals).toHaveLength(1)
  })
})

describe('a rollout that will not come by itself', () => {
  const spec = (but: object, of = plain): KubernetesObject => ({ ...of, spec: { ...of.spec, ...but } })

  test('is refused where the Deployment is paused, unless there is nothing to do', () => {
    expect(plan(spec({ paused: true })).refusals).toMatchObject([{ what: 'Deployment argocd-server is paused' }])
    expect(plan(spec({ paused: true }, done)).refusals).toEqual([])
  })

  test('is foretold where pods are replaced by hand', () => {
    expect(plan(spec({ updateStrategy: { type: 'OnDelete' } })).action.note).toMatch(/only when somebody deletes them/)
  })

  test('is not waited for where there are no replicas', () => {
    const { action } = plan(spec({ replicas: 0 }), [])
    expect(action).toMatchObject({ kind: 'update', note: expect.stringMatching(/once it is scaled up$/) })
    expect(action.rollout).toBe(undefined)
  })
})

describe('the own account', () => {
  const underDedicated = changed(done, podSpec => {
    podSpec.serviceAccountName = 'svc-argocd-aks'
  })
  const remembering = (object: KubernetesObject): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, annotations: { 'argo-aks-onboard/own-service-account': 'argocd-server' } },
  })
  const byUs = (object: KubernetesObject) =>
    ownedBy(
      FIELD_MANAGER,
      {
        'f:metadata': { 'f:annotations': { 'f:argo-aks-onboard/own-service-account': {} } },
        ...inPodSpec({ 'f:serviceAccountName': {} }),
      },
      object,
    )

  test('comes back where no dedicated one is wanted, and nothing tells of it any more', () => {
    const { action } = plan(byUs(remembering(underDedicated)))
    expect(fields(action)).toEqual([account, 'metadata.annotations'])
    expect(applied(action)[0]!.spec.template.spec.serviceAccountName).toBe('argocd-server')
  })

  test('is remembered from one dedicated account to the next', () => {
    const live = byUs(remembering(underDedicated))
    expect(applied(plan(live, undefined, { serviceAccount: 'svc-next' }).action)[0]).toMatchObject({
      metadata: { annotations: { 'argo-aks-onboard/own-service-account': 'argocd-server' } },
      spec: { template: { spec: { serviceAccountName: 'svc-next' } } },
    })
  })

  test('is the one that is there where somebody else chose it, whatever an annotation says', () => {
    expect(plan(remembering(underDedicated)).action.kind).toBe('unchanged')
  })
})
