import type { KubernetesObject } from '../../world.ts'
import type { Binding, PolicyRule, Role, Subject } from '../rbac.ts'
import type { LabelSelector } from '../selectors.ts'
import { equal } from '../server-side-apply/typed-value.ts'
import type { StatusCause } from '../status.ts'
import { eachFault, invalid, notSupported, required, unless, when } from './faults.ts'
import { dnsSubdomain, pathSegment } from './formats.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

export function validateRole(role: Role): StatusCause[] {
  const isNamespaced = role.kind === 'Role'
  const aggregation = role.aggregationRule as { clusterRoleSelectors?: LabelSelector[] } | undefined
  const why = 'at least one clusterRoleSelector required if aggregationRule is non-nil'
  return [
    ...(role.rules ?? []).flatMap((rule, index) => validateRule(`rules[${index}]`, rule, isNamespaced)),
    ...when(
      aggregation && !aggregation.clusterRoleSelectors?.length,
      required('aggregationRule.clusterRoleSelectors', why),
    ),
  ]
}

function validateRule(field: string, rule: PolicyRule, isNamespaced: boolean): StatusCause[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  const noVerbs = verbs?.length ? [] : [required(`${field}.verbs`, 'verbs must contain at least one value')]
  if (nonResourceURLs.length > 0) {
    const mixed = 'rules cannot apply to both regular resources and non-resource URLs'
    const namespaced = 'namespaced rules cannot apply to non-resource URLs'
    return [
      ...noVerbs,
      ...when(isNamespaced, invalid(`${field}.nonResourceURLs`, nonResourceURLs, namespaced)),
      ...when(
        [...apiGroups, ...resources, ...resourceNames].length > 0,
        invalid(`${field}.nonResourceURLs`, nonResourceURLs, mixed),
      ),
    ]
  }
  return [
    ...noVerbs,
    ...unless(
      apiGroups.length > 0,
      required(`${field}.apiGroups`, 'resource rules must supply at least one api group'),
    ),
    ...unless(resources.length > 0, required(`${field}.resources`, 'resource rules must supply at least one resource')),
  ]
}

export function validateBinding(binding: Binding, live: KubernetesObject | undefined): StatusCause[] {
  const { roleRef, subjects = [] } = binding
  const isNamespaced = binding.kind === 'RoleBinding'
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  const isMoved = live !== undefined && !equal(roleRef, (live as Binding).roleRef)
  const shown = { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name }
  return [
    ...unless(roleRef.apiGroup === rbacGroup, notSupported('roleRef.apiGroup', roleRef.apiGroup, [rbacGroup])),
    ...unless(kinds.includes(roleRef.kind), notSupported('roleRef.kind', roleRef.kind, kinds)),
    ...(roleRef.name ? eachFault('roleRef.name', roleRef.name, pathSegment) : [required('roleRef.name')]),
    ...subjects.flatMap((subject, index) => validateSubject(`subjects[${index}]`, subject, isNamespaced)),
    ...when(isMoved, invalid('roleRef', shown, 'cannot change roleRef')),
  ]
}

function validateSubject(field: string, subject: Subject, isNamespaced: boolean): StatusCause[] {
  const { kind, apiGroup = '', name, namespace } = subject
  const nameless = name ? [] : [required(`${field}.name`)]
  if (kind === 'ServiceAccount') {
    return [
      ...nameless,
      ...(name ? eachFault(`${field}.name`, name, dnsSubdomain) : []),
      ...when(apiGroup, notSupported(`${field}.apiGroup`, apiGroup, [''])),
      ...unless(isNamespaced || namespace, required(`${field}.namespace`)),
    ]
  }
  if (kind !== 'User' && kind !== 'Group')
    return [...nameless, notSupported(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group'])]
  return [...nameless, ...unless(apiGroup === rbacGroup, notSupported(`${field}.apiGroup`, apiGroup, [rbacGroup]))]
}
