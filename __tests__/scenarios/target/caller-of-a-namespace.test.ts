import { expect, test } from 'vitest'
import { install } from '../../../sandbox/kubernetes/install.ts'
import type { KubernetesObject, World } from '../../../sandbox/world.ts'
import { isClusterAdmin, onboardingOf } from '../../../sandbox/worlds/access.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, hub, onboardTarget, planOf, target } from '../../driver/story.ts'

const rbac = 'rbac.authorization.k8s.io'

/** The workflow is an administrator of one namespace of the target, and may look around elsewhere. */
function isAdministratorOf(namespace: string, world: World): void {
  const subjects = [{ apiGroup: rbac, kind: 'User', name: onboardingOf(world).objectId }]
  const clusterRole = (name: string) => ({ apiGroup: rbac, kind: 'ClusterRole', name })
  const metadata = { name: 'look-around' }
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata },
      rules: [
        { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] },
        { apiGroups: [rbac], resources: ['clusterrolebindings', 'rolebindings'], verbs: ['list'] },
      ],
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata },
      ...{ roleRef: clusterRole('look-around'), subjects },
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: 'team', namespace } },
      ...{ roleRef: clusterRole('admin'), subjects },
    },
  ]
  install(clusterOf(world, target), world, objects, { manager: 'kubectl-create', operation: 'Update' })
}

test('An administrator of a namespace alone lets the identity into it, as far as it may itself', async () => {
  const world = worlds['no-cluster-rights']!()
  isClusterAdmin(hub)(world)
  isAdministratorOf('team-a', world)
  const stage = await enterPrepared(world)
  const inNamespace = { ...onboardTarget, namespaces: 'team-a' }

  expect(await stage.refuses(inNamespace)).toBe(
    'The caller may not bind clusterroles.rbac.authorization.k8s.io named cluster-admin in team-a on devworkloadaks1: no role that ' +
      'is bound to it there, or to its groups, grants that. Bind the caller to ClusterRole cluster-admin on devworkloadaks1, in ' +
      'namespace team-a at least: nobody can grant what they do not hold.',
  )
  expect(await stage.refuses({ ...onboardTarget, namespaces: 'team-a, team-b', 'target-role': 'edit' })).toBe(
    'On devworkloadaks1 there is no namespace team-b: the identity can only be let into what is there. Create it (kubectl create ' +
      'namespace team-b), or remove it from the input namespaces.',
  )

  const onboarded = await stage.succeeds({ ...inNamespace, 'target-role': 'edit' })

  expect(planOf(onboarded.run).map(({ action, step }) => `${action} ${step}`)).toEqual([
    expect.stringMatching(/^create RoleBinding team-a\/argo-aks-onboard-[\da-f]{10}$/),
    expect.stringMatching(/^create cluster Secret argocd\//),
  ])
  expect(onboarded.run.outputs.verified).toBe('proven')
})
