import { expect, test } from 'vitest'
import { componentOf, findWorkloads, title } from '../../../src/argocd/workloads.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { changed, helm, upstream, workloadOf } from '../argo-cd.ts'

const summary = (objects: KubernetesObject[]) =>
  findWorkloads(objects).map(found => [title(found), found.container.name, found.serviceAccount])

test.each([
  [
    'upstream',
    [workloadOf(upstream.server), workloadOf(upstream.controller)],
    [
      ['Deployment argocd-server', 'argocd-server', 'argocd-server'],
      ['StatefulSet argocd-application-controller', 'argocd-application-controller', 'argocd-application-controller'],
    ],
  ],
  [
    'the Helm chart, which renames workloads and containers',
    [workloadOf(helm.server), workloadOf(helm.controller)],
    [
      ['Deployment prod-argocd-server', 'server', 'argocd-server'],
      ['StatefulSet prod-argocd-application-controller', 'application-controller', 'argocd-application-controller'],
    ],
  ],
  [
    'a container beside a sidecar',
    [
      changed(workloadOf(upstream.server), ({ containers }) =>
        containers.unshift({ name: 'proxy', env: [], volumeMounts: [] }),
      ),
    ],
    [['Deployment argocd-server', 'argocd-server', 'argocd-server']],
  ],
  [
    'an account that is left to the default',
    [changed(workloadOf(upstream.server), podSpec => delete podSpec.serviceAccountName)],
    [['Deployment argocd-server', 'argocd-server', 'default']],
  ],
  [
    'a StatefulSet that is scaled to nothing beside a distributed controller',
    [
      { ...workloadOf(upstream.controller), spec: { ...workloadOf(upstream.controller).spec, replicas: 0 } },
      workloadOf({ ...upstream.controller, kind: 'Deployment' }),
    ],
    [['Deployment argocd-application-controller', 'argocd-application-controller', 'argocd-application-controller']],
  ],
  ['bystanders', [workloadOf({ ...upstream.server, program: '/usr/local/bin/argocd-repo-server' })], []],
])('%s', (_what, objects, found) => {
  expect(summary(objects)).toEqual(found)
})

test.each([
  ['args alone, as upstream', { args: ['/usr/local/bin/argocd-server', '--insecure'] }, 'argocd-server'],
  [
    'a command, as the operator',
    { command: ['argocd-application-controller'], args: ['--x'] },
    'argocd-application-controller',
  ],
  ['a name that only begins like it', { args: ['argocd-server-extra'] }, undefined],
  ['nothing said', {}, undefined],
])('a container runs what stands first: %s', (_what, container, component) => {
  expect(componentOf({ name: 'x', ...container })).toBe(component)
})
