import { describe, expect, test } from 'vitest'
import { type Installer, installerOf, nameOf } from '../../../../src/argocd/installers/installer.ts'
import { FIELD_MANAGER, type KubernetesObject, type ManagedFields } from '../../../../src/kubernetes/cluster.ts'
import { upstream, workloadOf } from '../../argo-cd.ts'

const server = workloadOf(upstream.server)

const withMarks = (marks: Partial<KubernetesObject['metadata']>): KubernetesObject => ({
  ...server,
  metadata: { ...server.metadata, ...marks },
})
const annotated = (annotations: Record<string, string>) => withMarks({ annotations })
const writtenBy = (...managedFields: ManagedFields[]) => withMarks({ managedFields })
const update = (manager: string): ManagedFields => ({ manager, operation: 'Update' })
const apply = (manager: string): ManagedFields => ({ manager, operation: 'Apply' })

const tracking = (of = 'argocd/argocd-server', application = 'argocd') => ({
  'argocd.argoproj.io/tracking-id': `${application}:apps/Deployment:${of}`,
})
const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
const release = { 'meta.helm.sh/release-name': 'prod', 'meta.helm.sh/release-namespace': 'argocd' }
const owned = (apiVersion: string, kind: string) => ({
  ownerReferences: [{ apiVersion, kind, name: 'gitops', uid: '0', controller: true }],
})
const fluxLabels = (toolkit: string) => ({
  [`${toolkit}.toolkit.fluxcd.io/name`]: 'argo-cd',
  [`${toolkit}.toolkit.fluxcd.io/namespace`]: 'flux-system',
})
const extensionPods = (object: KubernetesObject) => {
  const copy = structuredClone(object)
  copy.spec.template.metadata.labels['app.kubernetes.io/managed-by'] = 'Microsoft.ArgoCD'
  return copy
}

describe('an installer is known by its marks', () => {
  test.each<[what: string, object: KubernetesObject, installer: Partial<Installer>, name: string]>([
    ['kubectl apply', annotated(lastApplied), { kind: 'kubectl' }, 'kubectl apply'],
    [
      'kubectl apply, whose annotation somebody stripped',
      writtenBy(update('kubectl-client-side-apply')),
      { kind: 'kubectl' },
      'kubectl apply',
    ],
    [
      'kubectl apply --server-side',
      writtenBy(apply('kubectl')),
      { kind: 'server-side apply', name: 'kubectl' },
      'server-side apply as kubectl',
    ],
    ['Helm', annotated(release), { kind: 'helm', name: 'prod', namespace: 'argocd' }, 'Helm (release argocd/prod)'],
    [
      'Helm 4',
      withMarks({ annotations: release, managedFields: [apply('helm')] }),
      { kind: 'helm', name: 'prod', namespace: 'argocd', conflicts: true },
      'Helm (release argocd/prod)',
    ],
    [
      'an Argo CD that tracks by annotation',
      annotated({ ...tracking(), ...lastApplied }),
      { kind: 'argo-cd', name: 'argocd', namespace: 'argocd' },
      'Argo CD itself (Application argocd/argocd)',
    ],
    [
      'an Argo CD with its Application in another namespace',
      annotated(tracking('argocd/argocd-server', 'platform_argo-cd')),
      { kind: 'argo-cd', name: 'argo-cd', namespace: 'platform' },
      'Argo CD itself (Application platform/argo-cd)',
    ],
    [
      'an Argo CD that tracks by label',
      withMarks({
        labels: { 'app.kubernetes.io/instance': 'argocd' },
        managedFields: [update('argocd-controller')],
      }),
      { kind: 'argo-cd', name: 'argocd', namespace: 'argocd' },
      'Argo CD itself (Application argocd/argocd)',
    ],
    [
      'an Argo CD from the days when its controller wrote under its own name',
      writtenBy(update('argocd-application-controller')),
      { kind: 'argo-cd' },
      'Argo CD itself',
    ],
    [
      'Flux with kustomize',
      withMarks({ labels: fluxLabels('kustomize') }),
      { kind: 'flux-kustomize', name: 'argo-cd', namespace: 'flux-system' },
      'Flux (Kustomization flux-system/argo-cd)',
    ],
    [
      'Flux with Helm, which leaves the marks of Helm as well',
      withMarks({ labels: fluxLabels('helm'), annotations: release }),
      { kind: 'flux-helm', name: 'argo-cd', namespace: 'flux-system' },
      'Flux (HelmRelease flux-system/argo-cd)',
    ],
    [
      'the operator',
      withMarks(owned('argoproj.io/v1beta1', 'ArgoCD')),
      { kind: 'operator', name: 'gitops', namespace: 'argocd' },
      'the Argo CD operator (ArgoCD argocd/gitops)',
    ],
    [
      'the extension, which is a release of Helm',
      extensionPods(annotated({ 'meta.helm.sh/release-name': 'argocd' })),
      { kind: 'extension', name: 'argocd' },
      'the extension Microsoft.ArgoCD (argocd)',
    ],
    ['nobody known', server, { kind: 'unknown' }, 'whoever installs Argo CD'],
  ])('%s', (_what, object, installer, name) => {
    const found = installerOf(object)
    expect(found).toMatchObject(installer)
    expect(nameOf(found)).toBe(name)
  })
})

describe('what is no mark', () => {
  test.each<[what: string, object: KubernetesObject]>([
    ['our own apply', writtenBy(apply(FIELD_MANAGER))],
    ['a tracking id that was copied from another object', annotated(tracking('argocd/argocd-repo-server'))],
    ['a tracking id of an object of that name elsewhere', annotated(tracking('other/argocd-server'))],
    ["an owner that is not of Argo CD's operator", withMarks(owned('example.com/v1', 'ArgoCD'))],
    ['a status that a controller wrote', writtenBy({ ...update('kubectl-client-side-apply'), subresource: 'status' })],
    [
      'the label by which Helm and old Argo CD name their instance',
      withMarks({ labels: { 'app.kubernetes.io/instance': 'x' } }),
    ],
  ])('%s', (_what, object) => {
    expect(installerOf(object).kind).toBe('unknown')
  })
})

describe('the chart', () => {
  test.each([
    ['argo-cd-10.1.1', true],
    ['argo-rollouts-2.39.0', false],
    [undefined, false],
  ])('%s: %s', (chart, isIt) => {
    expect(installerOf(withMarks(chart ? { labels: { 'helm.sh/chart': chart } } : {})).chart).toBe(isIt)
  })
})

test.each([
  ['Prune=false,Replace=true', true],
  ['Replace=false', false],
  ['ServerSideApply=true', false],
])('the sync options %s replace: %s', (options, replaces) => {
  expect(installerOf(annotated({ ...tracking(), 'argocd.argoproj.io/sync-options': options })).replaces).toBe(replaces)
})
