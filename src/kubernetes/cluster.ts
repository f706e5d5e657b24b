import type { ClusterLogin } from '../argocd/cluster-login.ts'
import type { Commands } from './commands.ts'

/** An object as the API server sends it. */
export interface KubernetesObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  // biome-ignore lint/suspicious/noExplicitAny: specs differ by kind, and whoever reads one knows which it is
  [field: string]: any
}

export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  managedFields?: ManagedFields[]
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
}

/** Who wrote which fields (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). */
export interface ManagedFields {
  manager: string
  operation: 'Apply' | 'Update'
  fieldsV1?: Record<string, unknown>
  subresource?: string
}

export interface ObjectReference {
  apiVersion: string
  kind: string
  name: string
  namespace?: string
  uid?: string
}

/** What to read: all objects of a kind that match, or the one of that name. */
export interface Read {
  kind: Kind
  namespace?: string
  labels?: Record<string, string>
  name?: string
}

/** One question to the authorizer, as in SelfSubjectAccessReview's resourceAttributes. */
export interface ResourceAttributes {
  verb: string
  group: string
  resource: string
  subresource?: string
  namespace?: string
  name?: string
}

/** `patch deployments.apps in default`. */
export const rightName = ({ verb, group, resource, subresource, namespace, name }: ResourceAttributes): string =>
  [
    `${verb} ${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}`,
    name && `named ${name}`,
    namespace && `in ${namespace}`,
  ]
    .filter(Boolean)
    .join(' ')

/** A kind and the path under which the API server serves it. */
export interface Kind {
  apiVersion: string
  kind: string
  plural: string
}

/** The field manager under which the action applies (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */
export const FIELD_MANAGER = 'argo-aks-onboard'

export const Secret: Kind = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' }
export const ServiceAccount: Kind = { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts' }
export const Pod: Kind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' }
export const Deployment: Kind = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' }
export const StatefulSet: Kind = { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' }
export const ClusterRoleBinding: Kind = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
}
export const RoleBinding: Kind = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
}
export const ClusterRole: Kind = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
}
export const Namespace: Kind = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces' }
/** Argo CD's own kinds, which an API server serves where Argo CD is installed. */
const argoCd = { apiVersion: 'argoproj.io/v1alpha1' }
export const Application: Kind = { ...argoCd, kind: 'Application', plural: 'applications' }
export const ApplicationSet: Kind = { ...argoCd, kind: 'ApplicationSet', plural: 'applicationsets' }
export const AppProject: Kind = { ...argoCd, kind: 'AppProject', plural: 'appprojects' }
const kinds = [Secret, ServiceAccount, Pod, Deployment, StatefulSet, ClusterRoleBinding, RoleBinding]

/** The kind of an object or reference. */
export function kindOf(object: { apiVersion: string; kind: string }): Kind {
  const found = kinds.find(kind => kind.apiVersion === object.apiVersion && kind.kind === object.kind)
  if (!found) throw new Error(`no path is known for ${object.apiVersion} ${object.kind}`)
  return found
}

/** The API group of a kind; the core group is the empty string. */
export const groupOf = (kind: Kind): string => (kind.apiVersion.includes('/') ? kind.apiVersion.split('/')[0]! : '')

/** Which cluster Secrets are looked for. */
export interface SecretsWanted {
  /** Values of `data.server` or of the target annotation: where one of them stands, `config` is read too. */
  of: string[]
  /**
   * Names of Secrets that have to be looked up besides, cluster Secrets or not, as long as no more is known than what Argo CD knows.
   * Where there is one, all Secrets of ours are read too.
   */
  namesBeside(clusterSecrets: KubernetesObject[]): string[]
  /** Keys of annotations whose values are looked at. */
  annotations: string[]
}

/** A destination of Applications. */
export interface Destination {
  server: string
  name: string
}

/** What `mayI` may be asked, and `read` to read, once the answers of a first read are known. */
export interface Foreseen {
  questions?: ResourceAttributes[]
  reads?: Read[]
}

/** One AKS cluster's Kubernetes API, however it is reached. */
export interface Cluster {
  /** The cluster's name, for messages. */
  name: string
  /** The way in by run-command, where the API server is not reached directly; settled with the first read. */
  readonly commands: Commands | undefined
  /**
   * Reads side by side; what is not there is an empty list. `foreseen` is what may be wanted later: where every request costs a pod it
   * is answered along with the read.
   */
  read<R extends Record<string, Read>>(reads: R, foreseen?: Foreseen): Promise<{ [K in keyof R]: KubernetesObject[] }>
  /**
   * Argo CD's cluster Secrets of a namespace, and others that may be in the way. By run-command they are seen in part: name, our
   * marks and all of `data` but `config`, that only of the wanted ones and only where it holds no password, token or key; labels and
   * the wanted annotations only of ours.
   */
  clusterSecrets(namespace: string, wanted: SecretsWanted): Promise<KubernetesObject[]>
  /**
   * Objects of one of Argo CD's kinds: of all namespaces, or of `namespace` where the caller may see no other; of Applications at least those
   * with that literal destination. By run-command only what they say of destinations and generators is seen.
   */
  argoCdObjects(kind: Kind, namespace: string, destination: Destination): Promise<KubernetesObject[]>
  /**
   * How Argo CD signs in to the registered clusters of a namespace, by its Azure plugin, as that client or another. By run-command fixed words
   * are all that leaves the cluster.
   */
  clusterLogins(namespace: string, clientId: string): Promise<ClusterLogin[]>
  /**
   * Makes an object say what `object` says, under `FIELD_MANAGER`: by server-side apply, or, where kubectl is the only way, by a patch
   * of what was read.
   */
  apply(object: KubernetesObject, live: KubernetesObject | undefined, force: boolean): Promise<void>
  /** Deletes the object if it is still the one with that `uid`. */
  delete(object: ObjectReference): Promise<void>
  /** A token of a service account (TokenRequest), valid for `seconds`. Never by run-command: it would pass through Azure. */
  serviceAccountToken(namespace: string, name: string, audience: string, seconds: number): Promise<string>
  /** For each question, whether the caller may. */
  mayI(questions: ResourceAttributes[]): Promise<boolean[]>
  /** For each question, whether a user with this Entra object id may. */
  mayUser(objectId: string, questions: ResourceAttributes[]): Promise<boolean[]>
  /** Lets go of connections that are open to it. */
  close(): Promise<void>
}
