import { expect, test } from 'vitest'
import { componentOf, findWorkloads, title } from '../../../src/argocd/workloads.ts'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { changed, helm, upstream, workloadOf } from '../argo-cd.ts'

const summary = (objects: KubernetesObject[]) =>
  findWorkloads(objects).map(found => [title(found), found.container.name, found.serviceAccount])

const asleep = (workload: KubernetesObject): KubernetesObject => ({
  ...workload,
  spec: { ...workload.spec, replicas: 0 },
})

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
    [asleep(workloadOf(upstream.controller)), workloadOf({ ...upstream.controller, kind: 'Deployment' })],
    [['Deployment argocd-application-controller', 'argocd-application-controller', 'argocd-application-controller']],
  ],
  [
    'a controller that sleeps, by itself',
    [asleep(workloadOf(upstream.controller))],
    [['StatefulSet argocd-application-controller', 'argocd-application-controller', 'argocd-application-controller']],
  ],
  [
    'of two controllers that sleep the Deployment, which dynamic distribution wakes up',
    [asleep(workloadOf(upstream.controller)), asleep(workloadOf({ ...upstream.controller, kind: 'Deployment' }))],
    [['Deployment argocd-application-controller', 'argocd-application-controller', 'argocd-application-controller']],
  ],
  [
    'what is awake, not what an earlier installation left asleep',
    [asleep(workloadOf(upstream.server)), workloadOf(helm.server)],
    [['Deployment prod-argocd-server', 'server', 'argocd-server']],
  ],
  [
    'every one of several servers',
    [workloadOf(upstream.server), workloadOf({ ...upstream.server, name: 'argocd-server-internal' })],
    [
      ['Deployment argocd-server', 'argocd-server', 'argocd-server'],
      ['Deployment argocd-server-internal', 'argocd-server', 'argocd-server'],
    ],
  ],
  [
    'nothing, where a template names no containers',
    [changed(workloadOf(upstream.server), podSpec => delete (podSpec as { containers?: object }).containers)],
    [],
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
