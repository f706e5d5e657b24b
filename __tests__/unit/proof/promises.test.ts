import { describe, expect, test } from 'vitest'
import { rightName } from '../../../src/kubernetes/cluster.ts'
import { type KnownRole, type PolicyRule, type Promised, promisesOf } from '../../../src/proof/promises.ts'

const known = (role: KnownRole): Promised => ({ kind: 'known', role })
const rules = (...rules: PolicyRule[]): Promised => ({ kind: 'rules', rules })
const dataActions = (dataActions: string[], notDataActions: string[] = []): Promised => ({
  kind: 'data actions',
  permissions: [
    {
      ...{ actions: [], notActions: [] },
      dataActions: dataActions.map(inClusters),
      notDataActions: notDataActions.map(inClusters),
    },
  ],
})
const inClusters = (action: string) => `Microsoft.ContainerService/managedClusters/${action}`

/** What is asked first of each thing that a role promises. */
const asked = (promised: Promised, namespaces: string[] = []) =>
  promisesOf(promised, namespaces).map(([first]) => rightName(first!))

const argo: PolicyRule = { apiGroups: ['argoproj.io'], resources: ['applications'], verbs: ['get', 'create', 'delete'] }

test.each<[what: string, promised: Promised, namespaces: string[], questions: string[]]>([
  [
    'everything, everywhere',
    known('cluster-admin'),
    [],
    [
      'list namespaces',
      'create namespaces',
      'get secrets in kube-system',
      'patch deployments.apps in default',
      'delete clusterroles.rbac.authorization.k8s.io',
    ],
  ],
  ['reading, everywhere', known('view'), [], ['list pods', 'list deployments.apps']],
  [
    'reading, in each of two namespaces',
    known('view'),
    ['a', 'b'],
    ['list pods in a', 'list deployments.apps in a', 'list pods in b', 'list deployments.apps in b'],
  ],
  [
    'what a ClusterRole of one’s own names',
    rules(argo),
    [],
    ['get applications.argoproj.io', 'create applications.argoproj.io', 'delete applications.argoproj.io'],
  ],
  [
    'what it names, within a namespace',
    rules({ ...argo, verbs: ['get'] }),
    ['a'],
    ['get applications.argoproj.io in a'],
  ],
  [
    'an object of a certain name',
    rules({ ...argo, verbs: ['get'], resourceNames: ['one'] }),
    [],
    ['get applications.argoproj.io named one'],
  ],
  ['a subresource', rules({ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }), ['a'], ['get pods/log in a']],
  [
    'all verbs',
    rules({ ...argo, verbs: ['*'] }),
    [],
    ['get applications.argoproj.io', 'patch applications.argoproj.io', 'delete applications.argoproj.io'],
  ],
  [
    'stars, filled in with what every cluster has',
    rules({ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }),
    [],
    ['list namespaces'],
  ],
  [
    'what lives in no namespace is not asked for within one',
    rules({ apiGroups: [''], resources: ['nodes', 'configmaps'], verbs: ['get'] }),
    ['a'],
    ['get configmaps in a'],
  ],
  ['nothing that could be asked for', rules({ verbs: ['get'] }), [], []],
  [
    'data actions of one’s own',
    dataActions(['argoproj.io/applications/read', 'configmaps/*']),
    ['a'],
    ['get applications.argoproj.io in a', 'patch configmaps in a', 'delete configmaps in a'],
  ],
  ['a star over all data actions', dataActions(['*/read']), [], ['list namespaces']],
  [
    'all data actions but some',
    dataActions(['*'], ['namespaces/*', 'rbac.authorization.k8s.io/*']),
    [],
    ['list nodes', 'create persistentvolumes', 'delete storageclasses.storage.k8s.io'],
  ],
  [
    'no data action of clusters',
    { kind: 'data actions', permissions: [{ actions: ['*/read'], notActions: [] }] },
    [],
    [],
  ],
])('%s', (_what, promised, namespaces, questions) => {
  expect(asked(promised, namespaces)).toEqual(questions)
})

test('of many namespaces a few are asked about thoroughly, and none is left out', () => {
  const namespaces = Array.from({ length: 7 }, (_, index) => `team-${index}`)
  const of = (namespace: string) => asked(known('view'), namespaces).filter(right => right.endsWith(` in ${namespace}`))
  expect(namespaces.map(namespace => of(namespace).length)).toEqual([2, 2, 2, 2, 2, 1, 1])
})

describe.each<KnownRole>(['cluster-admin', 'admin', 'edit', 'view'])('%s', role => {
  test.each([[[]], [['a']]])('can ask each time about another resource, in %j', namespaces => {
    for (const pledge of promisesOf(known(role), namespaces)) {
      expect(new Set(pledge.map(({ resource }) => resource)).size).toBe(pledge.length)
      expect(pledge.length).toBeGreaterThan(1)
    }
  })

  test('asks within namespaces for nothing that lives in none', () => {
    for (const { namespace, resource } of promisesOf(known(role), ['a']).flat()) {
      expect(namespace).toBe('a')
      expect(resource).not.toMatch(/^(namespaces|nodes|persistentvolumes|cluster.*|storageclasses)$/)
    }
  })
})
