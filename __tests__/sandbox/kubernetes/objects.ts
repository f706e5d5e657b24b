/** Objects of the tests, in as few words as they take; those with a namespace are in `one` unless told otherwise. */
import type { KubernetesObject } from '../../../sandbox/world.ts'

const rbacGroup = 'rbac.authorization.k8s.io'
const rbac = `${rbacGroup}/v1`

export const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

export const configMap = (name: string, data: object = {}, metadata: object = {}) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'one', ...metadata }, data }) as KubernetesObject

export const secret = (name: string, fields: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'one' }, ...fields }) as KubernetesObject

export const serviceAccount = (name: string) =>
  ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'one' } }) as KubernetesObject

/** `rule('get list', 'deployments.apps', 'a')`: verbs, a resource with its group, and the only names that count. */
export function rule(verbs: string, resource: string, ...resourceNames: string[]) {
  const [, plural = '', group = ''] = /^([^.]+)\.?(.*)$/.exec(resource) ?? []
  const names = resourceNames.length > 0 ? { resourceNames } : {}
  return { verbs: verbs.split(' '), apiGroups: [group], resources: [plural], ...names }
}

export const clusterRole = (name: string, ...rules: object[]) =>
  ({ apiVersion: rbac, kind: 'ClusterRole', metadata: { name }, rules }) as KubernetesObject

export const role = (name: string, ...rules: object[]) =>
  ({ apiVersion: rbac, kind: 'Role', metadata: { name, namespace: 'one' }, rules }) as KubernetesObject

export const clusterRoleBinding = (name: string, of: string, ...to: string[]) =>
  ({
    ...{ apiVersion: rbac, kind: 'ClusterRoleBinding', metadata: { name } },
    ...{ roleRef: roleRef(of), subjects: to.map(subject) },
  }) as KubernetesObject

export const roleBinding = (name: string, of: string, ...to: string[]) =>
  ({
    ...{ apiVersion: rbac, kind: 'RoleBinding', metadata: { name, namespace: 'one' } },
    ...{ roleRef: roleRef(of), subjects: to.map(subject) },
  }) as KubernetesObject

/** `ClusterRole/view` */
function roleRef(text: string) {
  const [kind = '', name = ''] = text.split('/')
  return { apiGroup: rbacGroup, kind, name }
}

/** `User/ada`, `Group/readers`, `ServiceAccount/robot` */
function subject(text: string) {
  const [kind = '', name = ''] = text.split('/')
  return kind === 'ServiceAccount' ? { kind, name, namespace: 'one' } : { apiGroup: rbacGroup, kind, name }
}

/** A container with an image. */
export const container = (fields: object = {}) => ({ name: 'c', image: 'i:1', ...fields })

/** A Deployment or StatefulSet whose pods are labelled `app: NAME`. */
export function workload(kind: 'Deployment' | 'StatefulSet', name: string, spec: object = {}, podSpec: object = {}) {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'one' },
    spec: {
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container()], ...podSpec } },
      ...spec,
    },
  } as KubernetesObject
}
