import { describe, expect, test } from 'vitest'
import { secretNameOf } from '../../../src/argocd/cluster-secret.ts'
import { AzureCloud } from '../../../src/azure/cloud.ts'
import type { TargetInputs } from '../../../src/inputs.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { writing } from '../../../src/plan.ts'
import type { TargetObservation } from '../../../src/target/observe.ts'
import { planTarget } from '../../../src/target/plan.ts'
import { hub, otherHub, server, target } from '../names.ts'
import { applied, permissions, steps } from '../steps.ts'
import { binding, done, foreign, fresh, grantSeen, inputs, registered, secret, targetWith } from './observation.ts'

const plan = (seen: TargetObservation, but: Partial<TargetInputs> = {}) =>
  planTarget({ ...inputs, ...but }, seen, AzureCloud)

const grant = `ClusterRoleBinding ${binding().metadata.name}`
const secretName = secretNameOf(server)
const mayAdopt: Partial<TargetInputs> = { allow: new Set(['adopt'] as const) }
const byHand = binding({ metadata: { name: 'aks-cluster-admin-federated' } })
const bound = (...clusterRoleBindings: KubernetesObject[]) => ({ grant: grantSeen({ clusterRoleBindings }) })
const ofOtherHub = binding({
  metadata: {
    ...binding().metadata,
    name: 'argo-aks-onboard-0123456789',
    annotations: { 'argo-aks-onboard/hub': otherHub.id },
  },
})
const orphan = secret({
  secretName: 'old',
  metadata: { labels: { 'app.kubernetes.io/managed-by': 'argo-aks-onboard' } },
})

/** What is written; all else that the plan names is left as it is. */
describe.each<[what: string, seen: TargetObservation, but: Partial<TargetInputs>, written: string[]]>([
  ['nobody onboarded the target yet', fresh(), {}, [`create ${grant}`, `create cluster Secret argocd/${secretName}`]],
  ['all is done', done(), {}, []],
  ['the identity is let in', fresh(bound(binding())), {}, [`create cluster Secret argocd/${secretName}`]],
  ['Argo CD knows the target', fresh(registered(secret())), {}, [`create ${grant}`]],
  [
    'the Secret has a name of its own',
    fresh(),
    { secretName: 'dev' },
    [`create ${grant}`, 'create cluster Secret argocd/dev'],
  ],
  ['the Secret is there under another name than is asked for', done(), { secretName: 'dev' }, []],
  ['another display name is asked for', done(), { name: 'dev' }, [`update cluster Secret argocd/${secretName}`]],
  [
    'the target was made again with another server',
    done(registered(secret({ secretName: 'old', server: 'https://old:443' }))),
    {},
    ['update cluster Secret argocd/old'],
  ],
  [
    'the identity was made again',
    done(registered(secret({ clientId: 'old' }))),
    {},
    [`update cluster Secret argocd/${secretName}`],
  ],
  [
    'the binding was widened',
    done(bound(binding({ subjects: [...binding().subjects, { kind: 'Group', name: 'x' }] }))),
    {},
    [`update ${grant}`],
  ],
  ['the procedure was followed by hand', done({ ...bound(byHand), ...registered(foreign()) }), {}, []],
  ['another hub has let the same identity in', done(bound(ofOtherHub)), {}, [`create ${grant}`]],
  [
    'our Secret was orphaned',
    fresh({ ...bound(binding()), otherSecrets: [orphan] }),
    {},
    ['update cluster Secret argocd/old'],
  ],
  [
    "another tool's Secret is to be taken over",
    done(registered(foreign({ name: 'x' }))),
    mayAdopt,
    ['update cluster Secret argocd/theirs'],
  ],
  ['the input allow is set, and nothing needs it', done(), mayAdopt, []],
  [
    'others are registered beside it',
    done(registered(secret(), foreign({ name: 'prod', server: 'https://prod:443' }))),
    {},
    [],
  ],
  [
    'the cluster does not say whose tenant it trusts',
    done({ target: targetWith({ entra: { tenantId: undefined, azureRbac: false } }) }),
    {},
    [],
  ],
])('%s', (_what, seen, but, written) => {
  const { actions, refusals } = plan(seen, but)

  test('what is written', () => {
    expect(steps({ actions: writing({ actions, refusals }) })).toEqual(written)
    expect(refusals).toEqual([])
  })

  test('the Secret follows the grant, and only once the chain is proven', () => {
    const [grant, secret] = actions
    expect(grant!.needs).toEqual([])
    if (secret!.writes.length > 0) expect(secret).toMatchObject({ needs: [grant!.id], onceProven: true })
  })

  test('a step takes permissions if, and only if, it writes', () => {
    for (const { permissions, writes } of actions) expect(permissions.length > 0).toBe(writes.length > 0)
  })
})

describe('on a fresh target', () => {
  const { actions } = plan(fresh())

  test('the objects are those that a second run finds right', () => {
    expect(actions.flatMap(applied)).toEqual([binding(), secret()])
  })

  test('the rights are asked for on the cluster where each is needed', () => {
    const name = binding().metadata.name
    expect(actions.flatMap(permissions)).toEqual([
      `target: patch clusterrolebindings ${name}`,
      `target: create clusterrolebindings ${name}`,
      'target: bind clusterroles cluster-admin',
      `hub: patch secrets ${secretName}`,
      `hub: create secrets ${secretName}`,
    ])
  })
})

test('hubs have bindings of their own, however their id is spelled', () => {
  const nameFor = (hubCluster: TargetInputs['hubCluster']) => plan(fresh(), { hubCluster }).actions[0]!.id
  expect(nameFor({ ...hub, id: hub.id.toUpperCase() })).toBe(nameFor(hub))
  expect(nameFor(otherHub)).not.toBe(nameFor(hub))
})

describe('the run is refused where', () => {
  test.each<[why: string, seen: TargetObservation, but: Partial<TargetInputs>, what: string]>([
    [
      'two Secrets register the target',
      done(registered(secret(), foreign({ name: 'x', server: `${server}/` }))),
      {},
      `devworkloadaks1 is registered 2 times in argocd, by the Secrets ${secretName} and theirs`,
    ],
    [
      'another cluster has the name',
      fresh(registered(foreign({ server: 'https://x:443' }))),
      {},
      'The name devworkloadaks1 already stands for https://x:443, by Secret argocd/theirs',
    ],
    [
      "another tool's Secret is not right",
      fresh(registered(foreign({ clientId: 'x' }))),
      {},
      `${server} is already registered by Secret argocd/theirs, which another tool made`,
    ],
    [
      'the Secret of that name is something else',
      fresh({ otherSecrets: [foreign({ secretName: 'dev', metadata: { labels: {}, annotations: {} } })] }),
      { secretName: 'dev' },
      'A Secret argocd/dev is there already and is no cluster Secret',
    ],
  ])('%s', (_why, seen, but, what) => {
    expect(plan(seen, but).refusals.map(refusal => refusal.what)).toEqual([what])
  })

  test('several things are wrong, and all are told at once', () => {
    const grant = grantSeen({ missingNamespaces: ['dev'] })
    const seen = fresh({ grant, ...registered(foreign({ clientId: 'x' })) })
    expect(plan(seen, { namespaces: ['dev'] }).refusals).toHaveLength(2)
  })
})

test('what Argo CD calls the target comes from the input, else from the cluster', () => {
  const nameOf = (but: Partial<TargetInputs>) =>
    Buffer.from(applied(plan(fresh(), but).actions[1]!)[0]!.data.name, 'base64').toString()
  expect(nameOf({})).toBe(target.name)
  expect(nameOf({ name: 'dev' })).toBe('dev')
})
