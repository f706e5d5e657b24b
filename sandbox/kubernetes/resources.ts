import type { AksCluster } from '../world.ts'
import { customKinds, definitionName } from './custom-resources.ts'
import builtInResources from './learned/built-in-resources.json' with { type: 'json' }

/** The kinds that the sandbox serves: one table for routing, discovery and the schema's script. */
export interface Resource {
  /** `v1` or `<group>/<version>`. */
  apiVersion: string
  kind: string
  plural: string
  singular: string
  namespaced: boolean
  verbs: readonly Verb[]
  shortNames?: readonly string[]
  categories?: readonly string[]
  /** Subresources with the kind that they speak. */
  subresources?: Record<string, { apiVersion: string; kind: string; verbs: readonly Verb[] }>
  /** No part of Kubernetes: what an object may hold beside `metadata`, `spec` and `status`. */
  custom?: { rootFields: readonly string[] }
}

export type Verb = 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete'

const stored: readonly Verb[] = ['create', 'delete', 'get', 'list', 'patch', 'update']
const reviewed: readonly Verb[] = ['create']
const status: readonly Verb[] = ['get', 'patch', 'update']

const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', verbs: stored }

/** Every kind of Kubernetes that is stored or asked for. */
export const servedKinds: readonly Resource[] = [
  {
    ...{ apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', singular: 'namespace', namespaced: false },
    ...{ verbs: stored, shortNames: ['ns'] },
    subresources: { status: { apiVersion: 'v1', kind: 'Namespace', verbs: status } },
  },
  { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', singular: 'secret', namespaced: true, verbs: stored },
  {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', singular: 'configmap', namespaced: true },
    ...{ verbs: stored, shortNames: ['cm'] },
  },
  {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', singular: 'serviceaccount' },
    ...{ namespaced: true, verbs: stored, shortNames: ['sa'] },
    subresources: { token: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', verbs: reviewed } },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Pod', plural: 'pods', singular: 'pod', namespaced: true },
    ...{ verbs: stored, shortNames: ['po'], categories: ['all'] },
    subresources: { status: { apiVersion: 'v1', kind: 'Pod', verbs: status } },
  },
  {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', singular: 'deployment', namespaced: true },
    ...{ verbs: stored, shortNames: ['deploy'], categories: ['all'] },
    subresources: { status: { apiVersion: 'apps/v1', kind: 'Deployment', verbs: status } },
  },
  {
    ...{
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      plural: 'statefulsets',
      singular: 'statefulset',
      namespaced: true,
    },
    ...{ verbs: stored, shortNames: ['sts'], categories: ['all'] },
    subresources: { status: { apiVersion: 'apps/v1', kind: 'StatefulSet', verbs: status } },
  },
  { ...rbac, kind: 'ClusterRole', plural: 'clusterroles', singular: 'clusterrole', namespaced: false },
  {
    ...{ ...rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', singular: 'clusterrolebinding' },
    namespaced: false,
  },
  { ...rbac, kind: 'Role', plural: 'roles', singular: 'role', namespaced: true },
  { ...rbac, kind: 'RoleBinding', plural: 'rolebindings', singular: 'rolebinding', namespaced: true },
  {
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews' },
    ...{ singular: 'selfsubjectaccessreview', namespaced: false, verbs: reviewed },
  },
  {
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', plural: 'subjectaccessreviews' },
    ...{ singular: 'subjectaccessreview', namespaced: false, verbs: reviewed },
  },
  {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews' },
    ...{ singular: 'selfsubjectreview', namespaced: false, verbs: reviewed },
  },
]

/** Every kind that a cluster serves: those of Kubernetes, and the custom ones whose definition is installed there. */
export const kindsServedBy = ({ kubernetes: { customResources = [] } }: AksCluster): Resource[] => [
  ...servedKinds,
  ...customResources.map(name => {
    const found = customKinds.find(kind => definitionName(kind) === name)
    if (!found) throw new Error(`the sandbox has no definition of ${name}`)
    return found
  }),
]

/** The kind behind an API group's path, if the sandbox knows it. */
export const findResource = (
  apiVersion: string,
  plural: string,
  among: readonly Resource[] = servedKinds,
): Resource | undefined => among.find(resource => resource.apiVersion === apiVersion && resource.plural === plural)

/** Whether a kube-apiserver serves a resource by itself, the sandbox or not. */
export const isBuiltIn = (apiVersion: string, resource: string, subresource: string): boolean =>
  builtIn.has([apiVersion, resource, ...(subresource ? [subresource] : [])].join('/'))

const builtIn = new Set(builtInResources)

/** The kind of an object, if the sandbox knows it. */
export const resourceOf = (object: { apiVersion: string; kind: string }): Resource | undefined =>
  [...servedKinds, ...customKinds].find(
    resource => resource.apiVersion === object.apiVersion && resource.kind === object.kind,
  )

/** `''` for the core group. */
export const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '')

/** How messages name a resource: `secrets`, `deployments.apps`. */
export const qualified = (apiVersion: string, name: string): string =>
  groupOf(apiVersion) ? `${name}.${groupOf(apiVersion)}` : name
