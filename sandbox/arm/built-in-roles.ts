import type { RoleDefinition } from '../world.ts'

/** Roles by the names under which Azure shows them: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const roles = {
  owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  userAccessAdministrator: '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  rbacAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
  networkContributor: '4d97b98b-1d4f-4787-a291-c67834d212e7',
  managedIdentityOperator: 'f1a07417-d97a-45cb-824c-7a7467783830',
  managedIdentityContributor: 'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59',
  aksContributor: 'ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8',
  aksClusterUser: '4abbcc35-e782-43d8-92c5-2d3f1bd2253f',
  aksClusterAdmin: '0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8',
  aksRbacClusterAdmin: 'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b',
  aksRbacAdmin: '3498e952-d568-435e-9b2c-8d77e338d7f7',
  aksRbacWriter: 'a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb',
  aksRbacReader: '7f6c6a51-bcf8-42ba-9220-52d62157d7db',
} as const

type Permissions = Partial<Pick<RoleDefinition, 'actions' | 'notActions' | 'dataActions' | 'notDataActions'>>

/** A role definition, with nothing where nothing is said. */
export const roleDefinitionOf = (name: string, roleName: string, permissions: Permissions): RoleDefinition => ({
  name,
  roleName,
  actions: [],
  notActions: [],
  dataActions: [],
  notDataActions: [],
  ...permissions,
})

/** What every role of the Kubernetes RBAC family may do outside of the cluster. */
const besidesKubernetes = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Resources/subscriptions/operationresults/read',
  'Microsoft.Resources/subscriptions/read',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
]

const inKubernetes = (...dataActions: string[]): string[] =>
  dataActions.map(dataAction => `Microsoft.ContainerService/managedClusters/${dataAction}`)

/** What both the Writer and the Reader of a cluster may only read. */
const read = inKubernetes(
  'apps/controllerrevisions/read',
  'discovery.k8s.io/endpointslices/read',
  'events.k8s.io/events/read',
  'limitranges/read',
  'metrics.k8s.io/pods/read',
  'metrics.k8s.io/nodes/read',
  'namespaces/read',
  'resourcequotas/read',
)

/** What the Writer of a cluster may do everything with, and the Reader may read. */
const written = [
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'autoscaling/horizontalpodautoscalers',
  'batch/cronjobs',
  'batch/jobs',
  'configmaps',
  'endpoints',
  'events',
  'extensions/daemonsets',
  'extensions/deployments',
  'extensions/ingresses',
  'extensions/networkpolicies',
  'extensions/replicasets',
  'networking.k8s.io/ingresses',
  'networking.k8s.io/networkpolicies',
  'persistentvolumeclaims',
  'pods',
  'policy/poddisruptionbudgets',
  'replicationcontrollers',
  'serviceaccounts',
  'services',
]

/** The built-in roles that matter around AKS and managed identities, by GUID, without actions of providers that the sandbox lacks. */
export const builtInRoles: Record<string, RoleDefinition> = Object.fromEntries(
  [
    roleDefinitionOf(roles.owner, 'Owner', { actions: ['*'] }),
    roleDefinitionOf(roles.contributor, 'Contributor', {
      actions: ['*'],
      notActions: [
        'Microsoft.Authorization/*/Delete',
        'Microsoft.Authorization/*/Write',
        'Microsoft.Authorization/elevateAccess/Action',
      ],
    }),
    roleDefinitionOf(roles.reader, 'Reader', { actions: ['*/read'] }),
    roleDefinitionOf(roles.userAccessAdministrator, 'User Access Administrator', {
      actions: ['*/read', 'Microsoft.Authorization/*'],
    }),
    roleDefinitionOf(roles.rbacAdministrator, 'Role Based Access Control Administrator', {
      actions: [
        '*/read',
        'Microsoft.Authorization/roleAssignments/write',
        'Microsoft.Authorization/roleAssignments/delete',
      ],
    }),
    roleDefinitionOf(roles.networkContributor, 'Network Contributor', {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.Network/*',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
    }),
    roleDefinitionOf(roles.managedIdentityOperator, 'Managed Identity Operator', {
      actions: [
        'Microsoft.ManagedIdentity/userAssignedIdentities/*/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action',
        'Microsoft.Authorization/*/read',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
    }),
    roleDefinitionOf(roles.managedIdentityContributor, 'Managed Identity Contributor', {
      actions: [
        'Microsoft.ManagedIdentity/userAssignedIdentities/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/write',
        'Microsoft.ManagedIdentity/userAssignedIdentities/delete',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
        'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete',
        'Microsoft.ManagedIdentity/userAssignedIdentities/revokeTokens/action',
        'Microsoft.Authorization/*/read',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
    }),
    roleDefinitionOf(roles.aksContributor, 'Azure Kubernetes Service Contributor Role', {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.ContainerService/locations/*',
        'Microsoft.ContainerService/managedClusters/*',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
    }),
    roleDefinitionOf(roles.aksClusterUser, 'Azure Kubernetes Service Cluster User Role', {
      actions: [
        'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
        'Microsoft.ContainerService/managedClusters/read',
      ],
    }),
    roleDefinitionOf(roles.aksClusterAdmin, 'Azure Kubernetes Service Cluster Admin Role', {
      actions: [
        'Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action',
        'Microsoft.ContainerService/managedClusters/accessProfiles/listCredential/action',
        'Microsoft.ContainerService/managedClusters/read',
        'Microsoft.ContainerService/managedClusters/runcommand/action',
      ],
    }),
    roleDefinitionOf(roles.aksRbacClusterAdmin, 'Azure Kubernetes Service RBAC Cluster Admin', {
      actions: [...besidesKubernetes, 'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'],
      dataActions: inKubernetes('*'),
    }),
    roleDefinitionOf(roles.aksRbacAdmin, 'Azure Kubernetes Service RBAC Admin', {
      actions: [...besidesKubernetes, 'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'],
      dataActions: inKubernetes('*'),
      notDataActions: inKubernetes(
        'resourcequotas/write',
        'resourcequotas/delete',
        'namespaces/write',
        'namespaces/delete',
      ),
    }),
    roleDefinitionOf(roles.aksRbacWriter, 'Azure Kubernetes Service RBAC Writer', {
      actions: besidesKubernetes,
      dataActions: [
        ...read,
        ...inKubernetes(...written.map(resource => `${resource}/*`)),
        ...inKubernetes('secrets/*', ...['read', 'write', 'delete'].map(verb => `coordination.k8s.io/leases/${verb}`)),
      ],
    }),
    roleDefinitionOf(roles.aksRbacReader, 'Azure Kubernetes Service RBAC Reader', {
      actions: besidesKubernetes,
      dataActions: [...read, ...inKubernetes(...written.map(resource => `${resource}/read`))],
    }),
  ].map(role => [role.name, role]),
)
