import { FIELD_MANAGER, type KubernetesObject } from '../../kubernetes/cluster.ts'

/** Who installed a workload of Argo CD, and will apply it again. */
export interface Installer {
  kind: InstallerKind
  /** The object or release by which it does so, where the marks name it: ArgoCD, Application, Kustomization, HelmRelease, Helm's release. */
  name?: string
  namespace?: string
  /** It applies what the Helm chart of Argo CD renders. */
  chart: boolean
  /** Argo CD replaces the object instead of merging into it, as the object asks for. */
  replaces: boolean
  /** Helm 4 applies by the server, and ends where somebody else has taken a field of its own (https://helm.sh/docs/overview/). */
  conflicts?: true
}

export type InstallerKind =
  | 'kubectl'
  | 'server-side apply'
  | 'helm'
  | 'argo-cd'
  | 'flux-kustomize'
  | 'flux-helm'
  | 'operator'
  | 'extension'
  | 'unknown'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const TRACKING_ID = 'argocd.argoproj.io/tracking-id'
/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/ */
const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options'
const RELEASE = 'meta.helm.sh/release-name'
const MANAGED_BY = 'app.kubernetes.io/managed-by'

/** Under these names Argo CD writes what it syncs (https://github.com/argoproj/argo-cd/blob/v3.5.1/common/common.go, ArgoCDSSAManager). */
const ARGO_CD = ['argocd-controller', 'argocd-application-controller']
/** Update by kubectl, whose three-way merge keeps what others add. */
const CLIENT_SIDE = 'kubectl-client-side-apply'

type Mark = (object: KubernetesObject) => Omit<Installer, 'chart' | 'replaces'> | undefined

/**
 * What each installer leaves on its objects. The first that fits counts: an operator may be installed by Helm, Argo CD and Flux keep
 * kubectl's annotation up to date, and a chart names Helm in its labels whoever applies it.
 */
const MARKS: Mark[] = [operator, extension, argoCd, flux, helm, kubectl, serverSideApply]

/** Finds the installer of a workload by the marks on it; nothing else is read. */
export function installerOf(object: KubernetesObject): Installer {
  const found = MARKS.reduce<ReturnType<Mark>>((known, mark) => known ?? mark(object), undefined)
  return {
    ...(found ?? { kind: 'unknown' }),
    chart: label(object, 'helm.sh/chart')?.startsWith('argo-cd-') ?? false,
    replaces: /\bReplace=true\b/.test(annotation(object, SYNC_OPTIONS) ?? ''),
  }
}

/** The installer as people call it. */
export function nameOf({ kind, name, namespace }: Installer): string {
  const full = [namespace, name].filter(Boolean).join('/')
  const of = (what: string) => (name ? ` (${what} ${full})` : '')
  switch (kind) {
    case 'kubectl':
      return 'kubectl apply'
    case 'server-side apply':
      return `server-side apply${name ? ` as ${name}` : ''}`
    case 'helm':
      return `Helm${of('release')}`
    case 'argo-cd':
      return `Argo CD itself${of('Application')}`
    case 'flux-kustomize':
      return `Flux${of('Kustomization')}`
    case 'flux-helm':
      return `Flux${of('HelmRelease')}`
    case 'operator':
      return `the Argo CD operator${of('ArgoCD')}`
    case 'extension':
      return `the extension Microsoft.ArgoCD${name ? ` (${name})` : ''}`
    case 'unknown':
      return 'whoever installs Argo CD'
  }
}

/** https://github.com/argoproj-labs/argocd-operator/blob/v0.18.0/controllers/argocd/deployment.go; OpenShift GitOps is the same operator. */
function operator({ metadata }: KubernetesObject): ReturnType<Mark> {
  const owner = metadata.ownerReferences?.find(
    ({ kind, apiVersion }) => kind === 'ArgoCD' && apiVersion.startsWith('argoproj.io/'),
  )
  return owner && { kind: 'operator', name: owner.name, ...inNamespace(metadata.namespace) }
}

/** https://azure.github.io/vscode-aks-tools/features/argocd-gitops-integration.html; the extension is a Helm release of its own name. */
function extension(object: KubernetesObject): ReturnType<Mark> {
  const labels = object.spec.template?.metadata?.labels ?? {}
  if (![labels[MANAGED_BY], label(object, MANAGED_BY)].includes('Microsoft.ArgoCD')) return undefined
  return { kind: 'extension', ...named(annotation(object, RELEASE)) }
}

/** An annotation that names another object was copied along with it (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/). */
function argoCd(object: KubernetesObject): ReturnType<Mark> {
  const [application = '', groupKind = '', path] = annotation(object, TRACKING_ID)?.split(':') ?? []
  const { name, namespace } = object.metadata
  if (groupKind.endsWith(`/${object.kind}`) && path === `${namespace}/${name}`) {
    const [, owner, itself = application] = /^([^_]+)_(.+)$/.exec(application) ?? []
    return { kind: 'argo-cd', name: itself, ...inNamespace(owner ?? namespace) }
  }
  if (!managers(object).some(({ manager }) => ARGO_CD.includes(manager))) return undefined
  return { kind: 'argo-cd', ...named(label(object, 'app.kubernetes.io/instance')), ...inNamespace(namespace) }
}

/** https://fluxcd.io/flux/faq/ */
function flux(object: KubernetesObject): ReturnType<Mark> {
  const by = (toolkit: string) => ({
    name: label(object, `${toolkit}.toolkit.fluxcd.io/name`) ?? '',
    ...inNamespace(label(object, `${toolkit}.toolkit.fluxcd.io/namespace`)),
  })
  const [release, kustomization] = [by('helm'), by('kustomize')]
  if (release.name) return { kind: 'flux-helm', ...release }
  return kustomization.name ? { kind: 'flux-kustomize', ...kustomization } : undefined
}

/** Terraform's and Pulumi's Helm providers leave the same. */
function helm(object: KubernetesObject): ReturnType<Mark> {
  const name = annotation(object, RELEASE)
  if (!name) return undefined
  const applies = managers(object).some(({ manager, operation }) => manager === 'helm' && operation === 'Apply')
  const namespace = annotation(object, 'meta.helm.sh/release-namespace')
  return { kind: 'helm', name, ...inNamespace(namespace), ...(applies && { conflicts: true }) }
}

function kubectl(object: KubernetesObject): ReturnType<Mark> {
  const isApplied =
    annotation(object, LAST_APPLIED) !== undefined || managers(object).some(({ manager }) => manager === CLIENT_SIDE)
  return isApplied ? { kind: 'kubectl' } : undefined
}

function serverSideApply(object: KubernetesObject): ReturnType<Mark> {
  const applying = managers(object).find(({ operation }) => operation === 'Apply')
  return applying && { kind: 'server-side apply', name: applying.manager }
}

const label = ({ metadata }: KubernetesObject, key: string): string | undefined => metadata.labels?.[key]
const annotation = ({ metadata }: KubernetesObject, key: string): string | undefined => metadata.annotations?.[key]
const named = (name: string | undefined) => (name ? { name } : {})
const inNamespace = (namespace: string | undefined) => (namespace ? { namespace } : {})

const managers = ({ metadata }: KubernetesObject) =>
  (metadata.managedFields ?? []).filter(({ manager, subresource }) => manager !== FIELD_MANAGER && !subresource)
