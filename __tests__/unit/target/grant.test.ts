import { describe, expect, test } from 'vitest'
import type { RoleAssignment } from '../../../src/azure/azure.ts'
import type { TargetInputs } from '../../../src/inputs.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import type { AzurePut } from '../../../src/plan.ts'
import { grantMark, planGrant } from '../../../src/target/grant.ts'
import type { GrantObservation } from '../../../src/target/observe-grant.ts'
import { azureRole, clusterRole, knownRole, modelOf } from '../../../src/target/role.ts'
import { hub, managedIdentity, otherHub, subscription, target } from '../names.ts'
import { permissions, steps } from '../steps.ts'
import { binding, inputs as common, fresh, grantSeen, targetWith } from './observation.ts'

const { principalId } = managedIdentity
const oldPrincipal = '88888888-8888-8888-8888-888888888888'

type But = Partial<TargetInputs>

/** What is seen where the role that the inputs name is there. */
const seen = (but: But, found: Partial<GrantObservation> = {}, azureRbac = false) => {
  const inputs = { ...common, ...but }
  const model = modelOf(inputs, { azureRbac })
  const role = knownRole(model, inputs.targetRole)!
  const target = targetWith({ entra: { tenantId: undefined, azureRbac } })
  return { ...fresh({ target, grant: grantSeen({ role, ...found }) }) }
}
const plan = (but: But, found: Partial<GrantObservation> = {}, azureRbac = false) =>
  planGrant({ ...common, ...but }, seen(but, found, azureRbac))

/** The objects that a run on a fresh target makes. */
const made = (but: But): KubernetesObject[] =>
  plan(but).actions.flatMap(({ writes }) =>
    writes.flatMap(write => (write.at !== 'azure' && write.verb === 'apply' ? [write.object] : [])),
  )
/** The assignments that a run on a fresh target with Azure RBAC makes, as Azure lists them. */
const assigned = (but: But): RoleAssignment[] =>
  plan(but, {}, true).actions.flatMap(({ writes }) => writes.map(write => listed(write as AzurePut)))
const listed = (write: AzurePut): RoleAssignment => {
  const { roleDefinitionId, ...said } = (write as { body: { properties: Record<string, string> } }).body.properties
  const [within = '', name = ''] = (write.child ?? '').split(/\/?providers\/Microsoft.Authorization\/roleAssignments\//)
  const scope = [target.id, within].filter(Boolean).join('/')
  const role = roleDefinitionId!.split('/').at(-1)!
  return { name, scope, roleDefinitionId, role, createdOn: undefined, ...said } as RoleAssignment
}
const byHand = (of: KubernetesObject): KubernetesObject => ({
  ...of,
  metadata: { name: 'by-hand', ...(of.metadata.namespace ? { namespace: of.metadata.namespace } : {}) },
})
const foreign = (of: RoleAssignment, but: Partial<RoleAssignment> = {}): RoleAssignment => ({
  ...of,
  name: '99999999-9999-9999-9999-999999999999',
  ...but,
})
const ofOther = (of: KubernetesObject, key: string, value: string): KubernetesObject => ({
  ...of,
  metadata: { ...of.metadata, name: 'argo-aks-onboard-0', annotations: { ...of.metadata.annotations, [key]: value } },
})

const dev = { namespaces: ['dev'] }
const view = { targetRole: 'view' }
const [everything] = made({}) as [KubernetesObject]
const [devView] = made({ ...dev, ...view }) as [KubernetesObject]
const [devEdit] = made({ ...dev, targetRole: 'edit' }) as [KubernetesObject]
const [clusterAdmin] = assigned({}) as [RoleAssignment]
const [devReader] = assigned({ ...dev, ...view }) as [RoleAssignment]

/** Short: what happens to which kind of thing, and where. */
const brief = (lines: string[]) =>
  lines.map(line => line.replace(/argo-aks-onboard-[\da-f]{10}/, 'ours').replaceAll(principalId, 'us'))

describe.each<[what: string, but: But, found: Partial<GrantObservation>, expected: string[], azureRbac?: boolean]>([
  ['a binding in the whole cluster', {}, {}, ['create ClusterRoleBinding ours']],
  [
    'a binding in each namespace',
    { namespaces: ['dev', 'test'] },
    {},
    ['create RoleBinding dev/ours', 'create RoleBinding test/ours'],
  ],
  [
    "somebody else's binding in one of them says the same",
    { namespaces: ['dev', 'test'], ...view },
    { roleBindings: [byHand(devView)] },
    ['unchanged RoleBinding dev/by-hand', 'create RoleBinding test/ours'],
  ],
  [
    'a binding of another namespace says nothing here',
    { namespaces: ['test'], ...view },
    { roleBindings: [byHand(devView)] },
    ['create RoleBinding test/ours'],
  ],
  [
    'the role is narrowed: the new binding, and then the old one away',
    { ...dev, ...view },
    { roleBindings: [devEdit] },
    ['create RoleBinding dev/ours', 'delete RoleBinding dev/ours'],
  ],
  [
    'a namespace is dropped',
    { ...dev, ...view },
    { roleBindings: [devView, ...made({ namespaces: ['test'], ...view })] },
    ['unchanged RoleBinding dev/ours', 'delete RoleBinding test/ours'],
  ],
  [
    'from everywhere to one namespace',
    dev,
    { clusterRoleBindings: [everything] },
    ['create RoleBinding dev/ours', 'delete ClusterRoleBinding ours'],
  ],
  [
    'the identity was made anew',
    {},
    { clusterRoleBindings: [{ ...everything, metadata: { ...everything.metadata, name: 'argo-aks-onboard-0' } }] },
    ['create ClusterRoleBinding ours', 'delete ClusterRoleBinding argo-aks-onboard-0'],
  ],
  [
    "another hub's and another Argo CD's stay, and are no grants of ours",
    {},
    {
      clusterRoleBindings: [
        ofOther(everything, 'argo-aks-onboard/hub', otherHub.id),
        ofOther(everything, 'argo-aks-onboard/argocd-namespace', 'argocd-2'),
      ],
    },
    ['create ClusterRoleBinding ours'],
  ],
  [
    'somebody else binds the identity to more',
    view,
    { clusterRoleBindings: [byHand(everything)] },
    ['create ClusterRoleBinding ours', 'left ClusterRoleBinding by-hand'],
  ],
  [
    'somebody else binds it to as much everywhere',
    { ...dev, targetRole: 'cluster-admin' },
    { clusterRoleBindings: [byHand(everything)] },
    ['create RoleBinding dev/ours', 'left ClusterRoleBinding by-hand'],
  ],
  [
    'somebody else binds it to less',
    { ...dev, targetRole: 'edit' },
    { roleBindings: [byHand(devView)] },
    ['create RoleBinding dev/ours'],
  ],
  [
    'an assignment at the cluster',
    {},
    {},
    ['create role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1'],
    true,
  ],
  [
    'an assignment at each namespace',
    { namespaces: ['dev', 'test'], ...view },
    {},
    [
      'create role assignment Azure Kubernetes Service RBAC Reader of us on devworkloadaks1/namespaces/dev',
      'create role assignment Azure Kubernetes Service RBAC Reader of us on devworkloadaks1/namespaces/test',
    ],
    true,
  ],
  [
    'an equal assignment under another name, its ids in another case',
    {},
    { roleAssignments: [foreign(clusterAdmin, { scope: target.id.toUpperCase() })] },
    ['unchanged role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1'],
    true,
  ],
  [
    'the same role at the resource group is enough for the whole cluster',
    {},
    { roleAssignments: [foreign(clusterAdmin, { scope: `/subscriptions/${subscription}/resourceGroups/dev-rg` })] },
    [
      `unchanged role assignment Azure Kubernetes Service RBAC Cluster Admin of us on /subscriptions/${subscription}/resourceGroups/dev-rg`,
    ],
    true,
  ],
  [
    'a resource group whose name only begins alike is another one',
    {},
    { roleAssignments: [foreign(clusterAdmin, { scope: `/subscriptions/${subscription}/resourceGroups/dev` })] },
    ['create role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1'],
    true,
  ],
  [
    'the role is narrowed to a namespace: the new assignment, and then ours of before away',
    { ...dev, ...view },
    { roleAssignments: [clusterAdmin] },
    [
      'create role assignment Azure Kubernetes Service RBAC Reader of us on devworkloadaks1/namespaces/dev',
      'delete role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1',
    ],
    true,
  ],
  [
    "somebody else's broader assignment is named and left",
    { ...dev, ...view },
    { roleAssignments: [foreign(clusterAdmin), devReader] },
    [
      'unchanged role assignment Azure Kubernetes Service RBAC Reader of us on devworkloadaks1/namespaces/dev',
      'left role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1',
    ],
    true,
  ],
  [
    'the same role again at another namespace is no concern',
    { namespaces: ['test'], ...view },
    { roleAssignments: [foreign(devReader)] },
    ['create role assignment Azure Kubernetes Service RBAC Reader of us on devworkloadaks1/namespaces/test'],
    true,
  ],
  [
    'from bindings to an assignment',
    {},
    { clusterRoleBindings: [everything] },
    [
      'create role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1',
      'delete ClusterRoleBinding ours',
    ],
    true,
  ],
  [
    'from an assignment to bindings',
    { grant: 'kubernetes' },
    { roleAssignments: [clusterAdmin] },
    [
      'create ClusterRoleBinding ours',
      'delete role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1',
    ],
    true,
  ],
  [
    'with grant: none ours is left, since nobody knows whether another one is there',
    { grant: 'none' },
    { clusterRoleBindings: [everything] },
    ['left access of identity us', 'left ClusterRoleBinding ours'],
  ],
])('%s', (_what, but, found, expected, azureRbac) => {
  const { actions, refusals } = plan(but, found, azureRbac)

  test('what is planned', () => {
    expect(brief(steps({ actions }))).toEqual(expected)
    expect(refusals).toEqual([])
  })

  test('what is taken back waits for what is granted, and for the proof', () => {
    const granted = actions.filter(({ kind }) => kind === 'create' || kind === 'unchanged').map(({ id }) => id)
    for (const { kind, needs, onceProven, changes } of actions.filter(({ kind }) => kind === 'delete')) {
      expect({ kind, needs, onceProven }).toEqual({ kind: 'delete', needs: granted, onceProven: true })
      expect(changes.length).toBeGreaterThan(0)
    }
  })

  test('a step takes permissions if, and only if, it writes', () => {
    for (const { permissions, writes } of actions) expect(permissions.length > 0).toBe(writes.length > 0)
  })
})

test('an assignment of an earlier identity is taken back by its name alone', () => {
  const earlier = planGrant(common, {
    ...seen({}, {}, true),
    identity: { ...managedIdentity, principalId: oldPrincipal },
  }).actions.flatMap(({ writes }) => writes.map(write => listed(write as AzurePut)))
  expect(brief(steps(plan({}, { roleAssignments: earlier }, true)))).toEqual([
    'create role assignment Azure Kubernetes Service RBAC Cluster Admin of us on devworkloadaks1',
    `delete role assignment Azure Kubernetes Service RBAC Cluster Admin of ${oldPrincipal} on devworkloadaks1`,
  ])
})

test('the rights for granting are asked for where each is used', () => {
  expect(plan(dev).actions.flatMap(permissions)).toEqual([
    expect.stringMatching(/^target: patch rolebindings argo-aks-onboard-/),
    expect.stringMatching(/^target: create rolebindings argo-aks-onboard-/),
    'target: bind clusterroles cluster-admin',
  ])
  expect(plan(dev).actions.flatMap(({ permissions }) => permissions)).toMatchObject(Array(3).fill({ namespace: 'dev' }))
  expect(plan(dev, { roleAssignments: [clusterAdmin] }, true).actions.flatMap(permissions)).toEqual([
    `Microsoft.Authorization/roleAssignments/write at ${target.id}`,
    `Microsoft.Authorization/roleAssignments/delete at ${target.id}`,
  ])
})

test('who holds what a role holds may bind it without the verb', () => {
  const { permissions } = plan({ ...dev, ...view }).actions[0]!
  expect(permissions.at(-1)).toMatchObject({
    ...{ verb: 'bind', name: 'view', namespace: 'dev' },
    orElse: [
      { verb: 'list', resource: 'pods', namespace: 'dev' },
      { verb: 'list', resource: 'deployments', namespace: 'dev' },
    ],
  })
})

test('names of assignments are GUIDs that are the same for the same grant, and for no other', () => {
  const nameFor = (but: But) => assigned(but)[0]!.name
  expect(nameFor({})).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
  expect(nameFor({ hubCluster: { ...hub, id: hub.id.toUpperCase() } })).toBe(nameFor({}))
  const names = [{}, view, dev, { hubCluster: otherHub }, { argocdNamespace: 'other' }].map(nameFor)
  expect(new Set(names).size).toBe(names.length)
})

test('the mark on the Secret tells grants apart, whatever the order of namespaces', () => {
  const mark = (but: But, azureRbac = false) => {
    const inputs = { ...common, ...but }
    return grantMark(inputs, seen(but, {}, azureRbac).grant.role, principalId)
  }
  expect(mark({ namespaces: ['b', 'a'] })).toBe(mark({ namespaces: ['a', 'b'] }))
  const marks = [mark({}), mark(view), mark(dev), mark({}, true), mark({ grant: 'none' })]
  expect(new Set(marks).size).toBe(marks.length)
  expect(mark({})).toBe(binding() && `kubernetes:${principalId}:*:cluster-admin`)
})

test.each<[what: string, but: But, found: Partial<GrantObservation>, refusals: string[], azureRbac?: boolean]>([
  [
    'a namespace is not there',
    dev,
    { missingNamespaces: ['dev'] },
    [
      'On devworkloadaks1 there is no namespace dev: the identity can only be let into what is there. Create it (kubectl create namespace dev), or remove it from the input namespaces',
    ],
  ],
  [
    'the grant is namespaced, and Argo CD is to manage more',
    { ...dev, clusterResources: true },
    {},
    [
      'Argo CD is to manage cluster-wide resources of devworkloadaks1, and the identity is let into dev alone: with namespaces the grant holds in these only, so Argo CD would fail to list what lies outside them. Remove cluster-resources or namespaces, or set grant: none and let somebody else grant more',
    ],
  ],
  ['somebody else grants, who may grant more', { ...dev, clusterResources: true, grant: 'none' }, {}, []],
  [
    'role assignments are asked for where nobody looks at them',
    { grant: 'azure' },
    {},
    [
      'AKS cluster devworkloadaks1 does not look at role assignments: Azure RBAC for Kubernetes authorization is off there, and grant says azure. Set grant: auto, or enable it (az aks update --resource-group dev-rg --name devworkloadaks1 --enable-azure-rbac)',
    ],
  ],
  [
    'there is no such ClusterRole',
    { targetRole: 'deployer' },
    { role: clusterRole('deployer', undefined) },
    [
      'There is no ClusterRole deployer on devworkloadaks1: the identity is let in by Kubernetes RBAC there, and binding a role that does not exist grants nothing. Correct the input target-role, or create the ClusterRole first',
    ],
  ],
  [
    'there is no such Azure role',
    { targetRole: 'Deployer' },
    { role: azureRole('Deployer', undefined) },
    [
      'There is no Azure role Deployer: none that can be assigned on the cluster has that name or GUID. Correct the input target-role: cluster-admin, admin, edit, view, or the name or GUID of a role definition',
    ],
    true,
  ],
  [
    'the Azure role is not one for inside clusters',
    { targetRole: 'Reader' },
    {
      role: azureRole('Reader', {
        name: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
        roleName: 'Reader',
        permissions: [{ actions: ['*/read'], notActions: [] }],
      }),
    },
    [
      'The Azure role Reader lets nobody into a cluster: none of its data actions is one of Microsoft.ContainerService/managedClusters. Correct the input target-role: cluster-admin, or one of the roles Azure Kubernetes Service RBAC …',
    ],
    true,
  ],
])('it is refused where %s', (_what, but, found, expected, azureRbac) => {
  const { refusals } = plan(but, found, azureRbac)
  expect(refusals.map(({ what, why, remedy }) => `${what}: ${why}. ${remedy}`)).toEqual(expected)
})

test.each<[asked: string, guid: string]>([
  ['cluster-admin', 'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b'],
  ['Azure Kubernetes Service RBAC Writer', 'a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb'],
  ['edit', 'a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb'],
  ['7F6C6A51-BCF8-42BA-9220-52D62157D7DB', '7f6c6a51-bcf8-42ba-9220-52d62157d7db'],
])('%s is a role that Azure always has', (asked, guid) => {
  expect(knownRole('azure', asked)?.name).toBe(guid)
})
