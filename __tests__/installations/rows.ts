import { isDeepStrictEqual } from 'node:util'
import type { InstallerName } from '../../sandbox/worlds/installation.ts'
import { all } from './rendered.ts'

/** An installation, and who brought it onto the cluster. */
export interface Row {
  file: string
  installer: InstallerName
  /** What the user asks for beside the mode. */
  inputs: Record<string, string>
}

/** Another account for both workloads, which all installers set themselves. */
const dedicated = { 'service-account': 'svc-argocd-aks' }

/** The pods get their token from the workload-identity webhook, by a label. */
const webhook = { 'token-source': 'webhook' }

const row = (file: string, installer: InstallerName, inputs = {}): Row => ({ file, installer, inputs })
const by = (installer: InstallerName, files: string[]): Row[] => files.map(file => row(file, installer))
const manifests = all.filter(file => file.startsWith('manifests/'))
const charts = all.filter(file => file.startsWith('helm/'))
const latest = 'manifests/v3.5.1/install.yaml'
const chart = 'helm/10.1.1/release-prod.yaml'

/** A real control plane starts slowly and answers slowly: there, one row for each installer and each kind of layout. */
const telling: Row[] = [
  ...by('kubectl apply', [latest, 'manifests/v3.5.1/dynamic-distribution.yaml', 'manifests/v3.5.1/core-install.yaml']),
  ...by('kubectl apply --server-side', ['manifests/v3.5.1/ha-install.yaml', 'manifests/v2.10.20/install.yaml']),
  ...by('Helm 3', ['helm/10.1.1/renamed-components.yaml', 'helm/8.2.7/dynamic-distribution.yaml']),
  ...by('Helm 4', ['helm/10.1.1/external-service-accounts.yaml']),
  ...by('Argo CD', [latest]),
  ...by('Argo CD --server-side', [latest]),
  ...by('Flux Kustomization', ['manifests/v3.5.1/ha-install.yaml']),
  ...by('Flux HelmRelease', [chart]),
  row(latest, 'kubectl apply', webhook),
  row(chart, 'Helm 3', webhook),
  ...[{}, webhook].map(source => row('operator/derived-v0.18.0.yaml', 'argocd-operator', source)),
  row(latest, 'kubectl apply', dedicated),
]

const here = (rows: Row[]): Row[] =>
  process.env.KUBEBUILDER_ASSETS ? rows.filter(row => telling.some(each => isSame(each, row))) : rows

const isSame = (one: Row, other: Row): boolean => isDeepStrictEqual(one, other)

/** Those whose next apply keeps what others added. */
export const lasting: Row[] = here([
  ...by('kubectl apply', manifests),
  ...by('kubectl apply --server-side', manifests),
  ...by('Helm 3', charts),
  ...by(
    'Helm 4',
    charts.filter(file => file.startsWith('helm/10.')),
  ),
  ...by('Argo CD', [latest, chart]),
  ...by('Argo CD by label', ['manifests/v2.14.21/install.yaml', 'helm/7.8.27/release-argo-cd.yaml']),
  ...by('Argo CD --server-side', [latest]),
  ...by('Flux Kustomization', ['manifests/v3.5.1/ha-install.yaml']),
  ...by('Flux HelmRelease', [chart]),
  row(latest, 'kubectl apply', webhook),
  row('manifests/v2.10.20/ha-install.yaml', 'kubectl apply --server-side', webhook),
  row(chart, 'Helm 3', webhook),
  row('helm/10.1.1/renamed-components.yaml', 'Helm 4', webhook),
  row('manifests/v3.5.1/dynamic-distribution.yaml', 'Argo CD', webhook),
  row('manifests/v3.5.1/ha-install.yaml', 'Flux Kustomization', webhook),
])

/** One that is applied in another way the next time. */
export const moving: Row = row(latest, 'kubectl apply')

/** A change that its installer undoes, and what the action says of it before. */
export interface Undone extends Row {
  /** Refused, until the user allows it. */
  isRefused?: true
  /** What the plan says where it is made; the namespace is the installation's. */
  told: string
  /** What is left of it after the installer's next apply. */
  left: { token: boolean; account: boolean }
  /** What the installer says where its next apply fails. */
  fails?: RegExp
}

const nextApply = 'with its next apply: the output permanent-form holds what lasts'
const atOnce = 'at once, and Argo CD signs in only until then: the output permanent-form holds what lasts'

export const undone: Undone[] = [
  {
    ...row('operator/derived-v0.18.0.yaml', 'argocd-operator'),
    isRefused: true,
    told: `the Argo CD operator (ArgoCD NAMESPACE/gitops) takes back what is added to the pods ${atOnce}`,
    left: { token: false, account: true },
  },
  {
    // The operator never looks at the account: without its token the pods then run under an account of no use to them.
    ...row('operator/derived-v0.18.0.yaml', 'argocd-operator', dedicated),
    isRefused: true,
    told: `the Argo CD operator (ArgoCD NAMESPACE/gitops) takes back what is added to the pods ${atOnce}`,
    left: { token: false, account: true },
  },
  {
    ...row('operator/derived-v0.18.0.yaml', 'argocd-operator', webhook),
    isRefused: true,
    told: `the Argo CD operator (ArgoCD NAMESPACE/gitops) takes back what is added to the pods ${atOnce}`,
    left: { token: false, account: true },
  },
  {
    ...row('helm/10.1.1/release-argocd.yaml', 'Microsoft.ArgoCD'),
    isRefused: true,
    told: `the extension Microsoft.ArgoCD (argocd) takes back what is added to the pods ${atOnce}`,
    left: { token: false, account: true },
  },
  {
    ...row(latest, 'Argo CD --replace'),
    told: `Argo CD itself (Application NAMESPACE/argocd) brings back what is added to the pods ${nextApply}`,
    left: { token: false, account: true },
  },
  {
    ...row(latest, 'Argo CD', dedicated),
    isRefused: true,
    told: `Argo CD itself (Application NAMESPACE/argocd) takes back the service account ${atOnce}`,
    left: { token: true, account: false },
  },
  {
    ...row(latest, 'Argo CD, synced by hand', dedicated),
    told: `Argo CD itself (Application NAMESPACE/argocd) brings back the service account ${nextApply}`,
    left: { token: true, account: false },
  },
  {
    ...row('manifests/v3.5.1/ha-install.yaml', 'Flux Kustomization', dedicated),
    isRefused: true,
    told: `Flux (Kustomization flux-system/argocd) takes back the service account ${atOnce}`,
    left: { token: true, account: false },
  },
  ...(['kubectl apply', 'kubectl apply --server-side'] as const).map(installer => ({
    ...row(latest, installer, dedicated),
    told: `${installer === 'kubectl apply' ? installer : 'server-side apply as kubectl'} brings back the service account ${nextApply}`,
    left: { token: true, account: false },
  })),
  {
    ...row(chart, 'Helm 3', dedicated),
    told: `Helm (release NAMESPACE/prod) brings back the service account ${nextApply}`,
    left: { token: true, account: false },
  },
  {
    ...row(chart, 'Flux HelmRelease', dedicated),
    told: `Flux (HelmRelease flux-system/prod) brings back the service account ${nextApply}`,
    left: { token: true, account: false },
  },
  {
    ...row(chart, 'Helm 4', dedicated),
    told: 'the next upgrade by Helm (release NAMESPACE/prod) stops at a conflict over the service account: the output permanent-form holds what lasts',
    left: { token: true, account: true },
    fails: /conflict with "argo-aks-onboard": \.spec\.template\.spec\.serviceAccountName/,
  },
]

/** Installers that are told what makes the change permanent, each in its own language. */
export const told: Row[] = here([
  ...[{}, webhook].flatMap(source => [
    row(latest, 'kubectl apply', source),
    row('manifests/v2.14.21/install.yaml', 'kubectl apply --server-side', source),
    row('manifests/v3.5.1/dynamic-distribution.yaml', 'Argo CD', source),
    row('manifests/v3.5.1/ha-install.yaml', 'Flux Kustomization', source),
    row(chart, 'Helm 3', source),
    row('helm/10.1.1/renamed-components.yaml', 'Helm 4', source),
    row('helm/8.2.7/dynamic-distribution.yaml', 'Flux HelmRelease', source),
    row('helm/10.1.1/external-service-accounts.yaml', 'Argo CD', source),
    row('operator/derived-v0.18.0.yaml', 'argocd-operator', source),
    row('helm/10.1.1/release-argocd.yaml', 'Microsoft.ArgoCD', source),
  ]),
  row(latest, 'kubectl apply', dedicated),
  row('manifests/v3.5.1/ha-install.yaml', 'Flux Kustomization', { ...dedicated, ...webhook }),
  row(chart, 'Helm 4', dedicated),
  row('helm/10.1.1/release-argocd.yaml', 'Microsoft.ArgoCD', dedicated),
])
