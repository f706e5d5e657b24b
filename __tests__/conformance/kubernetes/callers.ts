/** Who sends the requests: what each may do is installed on both servers before the first one. */
export interface Caller {
  name: string
  groups: string[]
}

export const callers = {
  admin: { name: 'admin', groups: ['system:masters'] },
  /** May read everything in namespace `one`, by its group. */
  viewer: { name: 'viewer', groups: ['readers'] },
  /** May write in namespace `one`. */
  editor: { name: 'editor', groups: [] },
  /** May write roles and bindings everywhere, but not grant more than it holds. */
  granter: { name: 'granter', groups: ['granters'] },
  nobody: { name: 'nobody', groups: [] },
} satisfies Record<string, Caller>

export type CallerName = keyof typeof callers

const rbac = 'rbac.authorization.k8s.io'
const all = ['get', 'list', 'create', 'update', 'patch', 'delete', 'deletecollection', 'watch']

const clusterRole = (name: string, rules: object[]) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})

const clusterBinding = (name: string, role: string, kind: string, subject: string) => ({
  ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name } },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: rbac, kind, name: subject }],
})

const binding = (role: string, kind: string, subject: string) => ({
  ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: `${subject}-${role}`, namespace: 'one' } },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: rbac, kind, name: subject }],
})

/** Namespaces, roles and bindings that both servers start with, in the order in which they are made. */
export const groundwork: object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'one' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'two' } },
  clusterRole('grants', [
    { apiGroups: [rbac], resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'], verbs: all },
    { apiGroups: [''], resources: ['configmaps', 'pods'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['a'] },
    { apiGroups: [rbac], resources: ['clusterroles'], verbs: ['bind'], resourceNames: ['edit'] },
    { nonResourceURLs: ['/healthz*'], verbs: ['get'] },
  ]),
  clusterBinding('granters', 'grants', 'Group', 'granters'),
  binding('view', 'Group', 'readers'),
  binding('edit', 'User', 'editor'),
]
