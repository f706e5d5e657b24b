import { expect, test } from 'vitest'
import { install } from '../../../sandbox/kubernetes/install.ts'
import { onboardingOf } from '../../../sandbox/worlds/access.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, hub, prepareHub } from '../../driver/story.ts'

test('A caller without any role in the cluster hears what the API server refused', async () => {
  const stage = await enter(worlds['no-cluster-rights']!())

  expect(await stage.refuses(prepareHub)).toMatch(
    /^argocd-aks refused GET \S+: (pods|deployments\.apps|statefulsets\.apps) is forbidden: User "<object id of onboarding>" cannot list resource "(pods|deployments|statefulsets)" in API group "(apps)?" in the namespace "argocd"\. Bind the caller, or an Entra group of it, to a ClusterRole on argocd-aks that allows it\.$/,
  )
})

test('A caller who may only view hears of every missing right at once, before anything is written', async () => {
  const world = worlds['no-cluster-rights']!()
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'viewers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: onboardingOf(world).objectId }],
  }
  install(clusterOf(world, hub), world, [binding], { manager: 'kubectl-create', operation: 'Update' })
  const stage = await enter(world)

  const refusal = await stage.refuses(prepareHub)

  const lacking = (plural: string, name: string) =>
    `The caller may not patch ${plural}.apps named ${name} in argocd on argocd-aks: no role that is bound to it there, ` +
    `or to its groups, grants that. Bind the caller to a ClusterRole on argocd-aks that holds patch on ${plural}.`
  expect(refusal.split('\n')).toEqual([
    lacking('deployments', 'argocd-server'),
    lacking('statefulsets', 'argocd-application-controller'),
  ])
})
