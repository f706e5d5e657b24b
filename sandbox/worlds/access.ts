import { roleDefinitionOf, roles } from '../arm/built-in-roles.ts'
import { keyOf } from '../arm/resource-id.ts'
import { cloudOf } from '../clouds.ts'
import { install } from '../kubernetes/install.ts'
import { type Application, uuid, type World } from '../world.ts'
import { clusterOf, type Part, resourceGroup, subscriptionOf } from './builder.ts'

/** The application as which the workflow signs in, trusted for GitHub's production environment. */
export const onboardingApplication: Part = world => {
  world.applications.push({
    displayName: 'onboarding',
    clientId: uuid(world),
    objectId: uuid(world),
    groups: [uuid(world)],
    federatedCredentials: [
      {
        name: 'github-production',
        issuer: 'https://token.actions.githubusercontent.com',
        subject: world.workflow.subject,
        audiences: [cloudOf(world).exchangeAudience],
      },
    ],
  })
}

/** The application of the world's workflow. */
export function onboardingOf(world: World): Application {
  const application = world.applications.find(({ displayName }) => displayName === 'onboarding')
  if (!application) throw new Error(`World ${world.name} has no onboarding application`)
  return application
}

/** The workflow may change the hub and make identities beside it. */
export const mayPrepareHub =
  (reference: string): Part =>
  world => {
    const scope = resourceGroup(world, reference)
    for (const role of [roles.aksContributor, roles.managedIdentityContributor, joinSubnets(world)]) {
      grant(world, role, scope)
    }
  }

/** The workflow may give identities of the hub's resource group to other resources. */
export const mayAssignIdentities =
  (reference: string): Part =>
  world =>
    grant(world, roles.managedIdentityOperator, resourceGroup(world, reference))

/** The workflow may read the target and fetch its kubeconfig. */
export const mayOnboardTarget =
  (reference: string): Part =>
  world => {
    const scope = resourceGroup(world, reference)
    for (const role of [roles.reader, roles.aksClusterUser]) grant(world, role, scope)
  }

/** The workflow may read everything in a subscription. */
export const mayReadSubscription =
  (displayName: string): Part =>
  world =>
    grant(world, roles.reader, `/subscriptions/${subscriptionOf(world, `${displayName}/-/-`)}`)

/** The workflow may run commands in the cluster by way of ARM. */
export const mayRunCommands =
  (reference: string): Part =>
  world =>
    grant(world, runCommands(world), clusterOf(world, reference).arm.id)

/** Inside the cluster the workflow is an administrator, by the Entra group that it belongs to. */
export const isClusterAdmin =
  (reference: string): Part =>
  world => {
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'platform-engineers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: onboardingOf(world).groups[0]! }],
    }
    install(clusterOf(world, reference), world, [binding], { manager: 'kubectl-create', operation: 'Update' })
  }

/** Inside a cluster with Azure RBAC the workflow is an administrator, by a role assignment. */
export const isClusterAdminByAzure =
  (reference: string): Part =>
  world =>
    grant(world, roles.aksRbacClusterAdmin, clusterOf(world, reference).arm.id)

/** The workflow may assign roles on the cluster. */
export const mayAssignRoles =
  (reference: string): Part =>
  world =>
    grant(world, roles.rbacAdministrator, clusterOf(world, reference).arm.id)

/** Assigns a role to the workflow's application. */
export function grant(world: World, roleDefinition: string, scope: string): void {
  const name = uuid(world)
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`
  const principalId = onboardingOf(world).objectId
  world.roleAssignments[keyOf(id)] = { id, name, scope, roleDefinition, principalId, principalType: 'ServicePrincipal' }
}

/** A custom role: no built-in one but Network Contributor lets a cluster update refer to the subnets that its nodes are in. */
const joinSubnets = (world: World): string =>
  customRole(world, 'Join subnets', ['Microsoft.Network/virtualNetworks/subnets/join/action'])

/** A custom role: the built-in ones that may run commands may do much more. */
const runCommands = (world: World): string =>
  customRole(world, 'Run commands', [
    'Microsoft.ContainerService/managedClusters/runcommand/action',
    'Microsoft.ContainerService/managedClusters/commandResults/read',
  ])

/** GUID of a custom role, which is made when it is first asked for. */
function customRole(world: World, roleName: string, actions: string[]): string {
  const known = Object.values(world.roleDefinitions).find(role => role.roleName === roleName)
  if (known) return known.name
  const role = roleDefinitionOf(uuid(world), roleName, { actions })
  world.roleDefinitions[role.name] = role
  return role.name
}
