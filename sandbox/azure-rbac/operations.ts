/** A kind of object that Azure has operations for. */
interface KnownResource {
  /** `''` for the core group. */
  group: string
  resource: string
  namespaced: boolean
}

/**
 * Kubernetes' own resources, which Azure lists one by one as operations of Microsoft.ContainerService/managedClusters
 * (https://learn.microsoft.com/azure/role-based-access-control/permissions/containers): whatever is not among them is a custom resource.
 */
const known: KnownResource[] = [
  ...within('', {
    namespaced: `configmaps endpoints events limitranges persistentvolumeclaims pods podtemplates replicationcontrollers
      resourcequotas secrets serviceaccounts services`,
    clusterWide: 'componentstatuses groups namespaces nodes persistentvolumes users',
  }),
  ...within('admissionregistration.k8s.io', {
    clusterWide: 'mutatingwebhookconfigurations validatingwebhookconfigurations',
  }),
  ...within('apiextensions.k8s.io', { clusterWide: 'customresourcedefinitions' }),
  ...within('apiregistration.k8s.io', { clusterWide: 'apiservices' }),
  ...within('apps', { namespaced: 'controllerrevisions daemonsets deployments replicasets statefulsets' }),
  ...within('authentication.k8s.io', { clusterWide: 'tokenreviews userextras' }),
  ...within('authorization.k8s.io', {
    namespaced: 'localsubjectaccessreviews',
    clusterWide: 'selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
  }),
  ...within('autoscaling', { namespaced: 'horizontalpodautoscalers' }),
  ...within('batch', { namespaced: 'cronjobs jobs' }),
  ...within('certificates.k8s.io', { clusterWide: 'certificatesigningrequests' }),
  ...within('coordination.k8s.io', { namespaced: 'leases' }),
  ...within('discovery.k8s.io', { namespaced: 'endpointslices' }),
  ...within('events.k8s.io', { namespaced: 'events' }),
  ...within('extensions', { namespaced: 'daemonsets deployments ingresses networkpolicies replicasets' }),
  ...within('metrics.k8s.io', { namespaced: 'pods', clusterWide: 'nodes' }),
  ...within('networking.k8s.io', { namespaced: 'ingresses networkpolicies', clusterWide: 'ingressclasses' }),
  ...within('node.k8s.io', { clusterWide: 'runtimeclasses' }),
  ...within('policy', { namespaced: 'poddisruptionbudgets', clusterWide: 'podsecuritypolicies' }),
  ...within('rbac.authorization.k8s.io', {
    namespaced: 'rolebindings roles',
    clusterWide: 'clusterrolebindings clusterroles',
  }),
  ...within('scheduling.k8s.io', { clusterWide: 'priorityclasses' }),
  ...within('storage.k8s.io', {
    namespaced: 'csistoragecapacities',
    clusterWide: 'csidrivers csinodes storageclasses volumeattachments',
  }),
]

/** Whether Azure has operations of their own for a resource. */
export const isBuiltIn = (group: string, resource: string): boolean =>
  known.some(candidate => candidate.group === group && candidate.resource === resource)

/** The resources that a group and a resource stand for, where either may be `*`; inside a namespace only those that live in one. */
export const resourcesMeant = (group: string, resource: string, onlyNamespaced: boolean): KnownResource[] =>
  known.filter(
    candidate =>
      (group === '*' || candidate.group === group) &&
      (resource === '*' || candidate.resource === resource) &&
      (candidate.namespaced || !onlyNamespaced),
  )

function within(group: string, resources: { namespaced?: string; clusterWide?: string }): KnownResource[] {
  const { namespaced = '', clusterWide = '' } = resources
  const named = (names: string, isNamespaced: boolean) =>
    names.split(/\s+/).flatMap(resource => (resource ? { group, resource, namespaced: isNamespaced } : []))
  return [...named(namespaced, true), ...named(clusterWide, false)]
}
