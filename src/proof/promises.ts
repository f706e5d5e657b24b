import type { Permissions } from '../azure/azure.ts'
import type { ResourceAttributes } from '../kubernetes/cluster.ts'

/** A role that every cluster has from birth (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles). */
export type KnownRole = 'cluster-admin' | 'admin' | 'edit' | 'view'

/** A rule of a ClusterRole. */
export interface PolicyRule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
}

/** What a role allows, as far as it is known. */
export type Promised =
  | { kind: 'known'; role: KnownRole }
  | { kind: 'rules'; rules: PolicyRule[] }
  | { kind: 'data actions'; permissions: Permissions[] }

/**
 * One thing that a role promises: questions any of which shows it, the most telling first. Azure's authorizer goes on denying for
 * minutes what it has denied once, so what is asked again is asked of another resource.
 */
export type Pledge = ResourceAttributes[]

const RBAC = 'rbac.authorization.k8s.io'

/** Questions as `verb resource.group`, for a whole cluster or for each namespace; the former say which namespace they mean. */
const KNOWN: Record<KnownRole, { everywhere: string[][]; within: string[][] }> = {
  'cluster-admin': {
    everywhere: [
      ['list namespaces', 'list nodes', 'list persistentvolumes', 'list storageclasses.storage.k8s.io'],
      ['create namespaces', 'create persistentvolumes', 'create priorityclasses.scheduling.k8s.io'],
      ['get secrets in kube-system', 'get configmaps in kube-system', 'get serviceaccounts in kube-system'],
      ['patch deployments.apps in default', 'patch statefulsets.apps in default', 'patch daemonsets.apps in default'],
      [`delete clusterroles.${RBAC}`, `delete clusterrolebindings.${RBAC}`, 'delete storageclasses.storage.k8s.io'],
    ],
    within: [
      ['get secrets', 'get configmaps', 'get serviceaccounts'],
      ['patch deployments.apps', 'patch statefulsets.apps', 'patch daemonsets.apps'],
      ['create resourcequotas', 'create limitranges', `create roles.${RBAC}`],
      [`delete rolebindings.${RBAC}`, 'delete services', 'delete pods'],
    ],
  },
  admin: {
    everywhere: [
      ['list secrets', 'list configmaps', 'list serviceaccounts'],
      ['patch deployments.apps in default', 'patch statefulsets.apps in default', 'patch daemonsets.apps in default'],
      [`create rolebindings.${RBAC} in default`, `create roles.${RBAC} in default`],
    ],
    within: [
      ['get secrets', 'get configmaps', 'get serviceaccounts'],
      ['patch deployments.apps', 'patch statefulsets.apps', 'patch daemonsets.apps'],
      [`create rolebindings.${RBAC}`, `create roles.${RBAC}`],
    ],
  },
  edit: {
    everywhere: [
      ['list secrets', 'list configmaps', 'list services'],
      ['patch deployments.apps in default', 'patch statefulsets.apps in default', 'patch daemonsets.apps in default'],
      ['delete pods in default', 'delete services in default', 'delete jobs.batch in default'],
    ],
    within: [
      ['get secrets', 'get configmaps', 'get services'],
      ['patch deployments.apps', 'patch statefulsets.apps', 'patch daemonsets.apps'],
      ['delete pods', 'delete services', 'delete jobs.batch'],
    ],
  },
  view: {
    everywhere: [
      ['list pods', 'list services', 'list jobs.batch'],
      ['list deployments.apps', 'list statefulsets.apps', 'list daemonsets.apps'],
    ],
    within: [
      ['list pods', 'list services', 'list jobs.batch'],
      ['list deployments.apps', 'list statefulsets.apps', 'list daemonsets.apps'],
    ],
  },
}

/** Kinds that live in no namespace: a role that holds only within some promises nothing of them. */
const CLUSTER_WIDE =
  /^(namespaces|nodes|persistentvolumes|\w*classes|cluster\w*|customresourcedefinitions|apiservices|\w+webhookconfigurations|certificatesigningrequests|\w*reviews)$/

/** What a role promises in the cluster, or in each of some namespaces; empty where it holds nothing that can be asked about. */
export function promisesOf(promised: Promised, namespaces: readonly string[]): Pledge[] {
  if (namespaces.length === 0) return promises(promised, undefined)
  return namespaces.flatMap((namespace, index) => {
    const all = promises(promised, namespace)
    return index < THOROUGHLY ? all : all.slice(0, 1)
  })
}

/** In so many namespaces all is asked for; in the others one thing tells whether the role holds there, and a command ends in time. */
const THOROUGHLY = 5

function promises(promised: Promised, namespace: string | undefined): Pledge[] {
  if (promised.kind === 'known') return known(promised.role, namespace)
  const candidates = Object.keys(KNOWN).flatMap(role => known(role as KnownRole, namespace).flat())
  const spelled = promised.kind === 'rules' ? inRules(promised.rules) : inDataActions(promised.permissions)
  const allows =
    promised.kind === 'rules'
      ? (asked: ResourceAttributes) => promised.rules.some(rule => covers(rule, asked))
      : (asked: ResourceAttributes) => holdsDataAction(promised.permissions, dataActionOf(asked))
  const questions = [...spelled.map(asked => ({ ...asked, ...(namespace ? { namespace } : {}) })), ...candidates]
    .filter(({ resource }) => namespace === undefined || !CLUSTER_WIDE.test(resource))
    .filter(allows)
  const distinct = [...new Map(questions.map(question => [JSON.stringify(question), question])).values()]
  return Object.values(Object.groupBy(distinct, ({ verb }) => ACTIONS[verb] ?? verb)) as Pledge[]
}

const known = (role: KnownRole, namespace: string | undefined): Pledge[] =>
  KNOWN[role][namespace ? 'within' : 'everywhere'].map(alternatives =>
    alternatives.map(text => question(text, namespace)),
  )

function question(text: string, within: string | undefined): ResourceAttributes {
  const [, verb = '', resource = '', group = '', place] = /^(\w+) (\w+)(?:\.(\S+))?(?: in (\S+))?$/.exec(text) ?? []
  const namespace = within ?? place
  return { verb, group, resource, ...(namespace ? { namespace } : {}) }
}

/** What the rules name themselves; stars are for others to fill in. */
const inRules = (rules: PolicyRule[]): ResourceAttributes[] =>
  rules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames: [name] = [] }) =>
    concrete(apiGroups).flatMap(group =>
      concrete(resources).flatMap(path => {
        const [resource = '', subresource] = path.split('/')
        const what = { group, resource, ...(subresource ? { subresource } : {}), ...(name ? { name } : {}) }
        return (verbs.includes('*') ? ['get', 'patch', 'delete'] : verbs).map(verb => ({ verb, ...what }))
      }),
    ),
  )

const concrete = (values: string[]): string[] => values.filter(value => !value.includes('*'))

function covers(rule: PolicyRule, { verb, group, resource, subresource, name }: ResourceAttributes): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule
  const path = subresource ? `${resource}/${subresource}` : resource
  const holds = (values: string[], value: string) => values.includes('*') || values.includes(value)
  const isNamed = resourceNames.length === 0 || (name !== undefined && resourceNames.includes(name))
  return holds(verbs, verb) && holds(apiGroups, group) && holds(resources, path) && isNamed
}

const PREFIX = 'Microsoft.ContainerService/managedClusters/'

/** What Azure calls what Kubernetes asks for (https://github.com/kubeguard/guard/tree/master/authz/providers/azure/rbac). */
const ACTIONS: Record<string, string> = {
  ...{ get: 'read', list: 'read', watch: 'read' },
  ...{ create: 'write', update: 'write', patch: 'write' },
  ...{ delete: 'delete', deletecollection: 'delete' },
}

const dataActionOf = ({ verb, group, resource }: ResourceAttributes): string =>
  [...(group ? [group] : []), resource, ACTIONS[verb] ?? verb].join('/')

/** Whether a role holds a data action within clusters. */
const holdsDataAction = (permissions: Permissions[], dataAction: string): boolean =>
  permissions.some(
    ({ dataActions = [], notDataActions = [] }) =>
      dataActions.some(matches(PREFIX + dataAction)) && !notDataActions.some(matches(PREFIX + dataAction)),
  )

const matches = (action: string) => (pattern: string) =>
  new RegExp(`^${RegExp.escape(pattern).replaceAll('\\*', '.*')}$`, 'i').test(action)

/** What the data actions of a role name themselves. */
const inDataActions = (permissions: Permissions[]): ResourceAttributes[] =>
  permissions
    .flatMap(({ dataActions = [] }) => dataActions)
    .filter(dataAction => dataAction.toLowerCase().startsWith(PREFIX.toLowerCase()))
    .flatMap(dataAction => {
      const parts = dataAction.slice(PREFIX.length).split('/')
      const [group = '', resource = '', action = ''] = parts.length === 2 ? ['', ...parts] : parts
      if (parts.length > 3 || resource.includes('*') || group.includes('*')) return []
      const verbs =
        { read: ['get'], write: ['patch'], delete: ['delete'], '*': ['get', 'patch', 'delete'] }[action] ?? []
      return verbs.map(verb => ({ verb, group, resource }))
    })
