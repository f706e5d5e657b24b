import type { InstallerName } from '../../sandbox/worlds/installation.ts'
import { all } from './rendered.ts'

/** An installation, and who brought it onto the cluster. */
export interface Row {
  file: string
  installer: InstallerName
}

const by = (installer: InstallerName, files: string[]): Row[] => files.map(file => ({ file, installer }))
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
]

const here = (rows: Row[]): Row[] =>
  process.env.KUBEBUILDER_ASSETS ? rows.filter(row => telling.some(each => isSame(each, row))) : rows

const isSame = (one: Row, other: Row): boolean => one.file === other.file && one.installer === other.installer

/** Those whose next apply keeps what others added. */
export const lasting: Row[] = here([
  ...by('kubectl apply', manifests),
  ...by('kubectl apply --server-side', manifests),
  ...by('Helm 3', charts),
  ...by('Helm 4', charts),
  ...by('Argo CD', [latest, chart]),
  ...by('Argo CD by label', ['manifests/v2.14.21/install.yaml', 'helm/7.8.27/release-argo-cd.yaml']),
  ...by('Argo CD --server-side', [latest]),
  ...by('Flux Kustomization', ['manifests/v3.5.1/ha-install.yaml']),
  ...by('Flux HelmRelease', [chart]),
])
