import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { type Grant, roleBinding } from '../../../src/resources/role-binding.ts'
import { hub, managedIdentity, otherHub } from '../names.ts'
import { applied, fields, permissions } from '../steps.ts'

const user = { kind: 'User', name: managedIdentity.principalId, apiGroup: 'rbac.authorization.k8s.io' } as const
const account = { kind: 'ServiceAccount', name: 'svc-argocd-aks', namespace: 'argocd' } as const
const grant: Grant = { at: 'target', name: 'ours', clusterRole: 'cluster-admin', subject: user, hub: hub.id }

const binding = (but: object = {}): KubernetesObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: {
    name: 'ours',
    labels: { 'app.kubernetes.io/managed-by': 'argo-aks-onboard' },
    annotations: { 'argo-aks-onboard/hub': hub.id },
  },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [user],
  ...but,
})
const byHand = (but: object = {}) => binding({ metadata: { name: 'by-hand' }, ...but })
const role = (name: string, kind = 'ClusterRole') => ({
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
})

const plan = (live: KubernetesObject[], but: Partial<Grant> = {}) => roleBinding({ ...grant, ...but }, live, ['before'])

test('a binding that is missing is made, by one who may also bind the role', () => {
  const { action, refusals } = plan([])
  expect(action).toMatchObject({ id: 'ClusterRoleBinding ours', kind: 'create', needs: ['before'] })
  expect(applied(action)).toEqual([binding()])
  expect(permissions(action)).toEqual([
    'target: patch clusterrolebindings ours',
    'target: create clusterrolebindings ours',
    'target: bind clusterroles cluster-admin',
  ])
  expect(refusals).toEqual([])
})

test.each<[what: string, live: KubernetesObject[], step: string, but?: Partial<Grant>]>([
  ['ours is there', [binding()], 'unchanged ours'],
  ["ours is there beside another's", [byHand(), binding()], 'unchanged ours'],
  ["another's says the same", [byHand()], 'unchanged by-hand'],
  [
    "another's says the same among other subjects",
    [byHand({ subjects: [{ ...user, name: 'x' }, user] })],
    'unchanged by-hand',
  ],
  ["another's binds another role", [byHand(role('view'))], 'create ours'],
  ["another's binds a Role of that name", [byHand(role('cluster-admin', 'Role'))], 'create ours'],
  ["another's binds another user", [byHand({ subjects: [{ ...user, name: 'x' }] })], 'create ours'],
  ["another's binds a group of that name", [byHand({ subjects: [{ ...user, kind: 'Group' }] })], 'create ours'],
  ["another's binds nobody", [byHand({ subjects: undefined })], 'create ours'],
  ["another's binds the account", [byHand({ subjects: [account] })], 'unchanged by-hand', { subject: account }],
  [
    "another's binds an account of another namespace",
    [byHand({ subjects: [{ ...account, namespace: 'x' }] })],
    'create ours',
    { subject: account },
  ],
])('%s', (_what, live, step, but) => {
  const { action, refusals } = plan(live, but)
  expect(`${action.kind} ${action.id}`).toBe(step.replace(' ', ' ClusterRoleBinding '))
  expect(refusals).toEqual([])
})

describe('ours, changed by somebody,', () => {
  const metadata = binding().metadata
  test.each<[what: string, live: KubernetesObject, changed: string[]]>([
    [
      'gets its label back',
      binding({ metadata: { ...metadata, labels: {} } }),
      ["metadata.labels['app.kubernetes.io/managed-by']"],
    ],
    [
      'gets its hub back',
      binding({ metadata: { ...metadata, annotations: { 'argo-aks-onboard/hub': otherHub.id } } }),
      ["metadata.annotations['argo-aks-onboard/hub']"],
    ],
    ['lets nobody else in', binding({ subjects: [user, { ...user, name: 'intruder' }] }), ['subjects']],
    [
      'names the hub in another case, which is no change',
      binding({ metadata: { ...metadata, annotations: { 'argo-aks-onboard/hub': hub.id.toUpperCase() } } }),
      [],
    ],
  ])('%s', (_what, live, changed) => {
    const { action, refusals } = plan([live])
    expect(fields(action)).toEqual(changed)
    expect(refusals).toEqual([])
  })

  test('is replaced where it binds another role, by one who may also delete and create', () => {
    const live = binding({ ...role('view'), metadata: { ...metadata, uid: 'uid-1' } })
    const { action } = plan([live])
    expect(action.writes).toEqual([
      {
        at: 'target',
        verb: 'delete',
        object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name: 'ours', uid: 'uid-1' },
      },
      { at: 'target', verb: 'apply', object: binding(), force: true },
    ])
    expect(permissions(action)).toEqual([
      'target: patch clusterrolebindings ours',
      'target: bind clusterroles cluster-admin',
      'target: delete clusterrolebindings ours',
      'target: create clusterrolebindings ours',
    ])
  })
})

test('a binding of our name without our mark and with another content is refused', () => {
  const { action, refusals } = plan([binding({ ...role('view'), metadata: { name: 'ours' } })])
  expect(action.writes).toEqual([])
  expect(refusals).toEqual([
    {
      what: 'ClusterRoleBinding ours on the target is needed with another content',
      why: 'it is there without the label app.kubernetes.io/managed-by: argo-aks-onboard, so it is not ours to change',
      remedy: 'Delete it (kubectl delete clusterrolebinding ours) or give it that label, then run again',
    },
  ])
})
