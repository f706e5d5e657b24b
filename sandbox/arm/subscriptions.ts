import type { Subscription, World } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { contains, principalsOf } from './authorization.ts'
import { keyOf } from './resource-id.ts'
import type { Call, Caller, Route } from './route.ts'

/** Subscriptions: what `az login` lists to find out where the caller may work. */
export const subscriptionRoutes: Route[] = [
  { method: 'GET', path: '/subscriptions', apiVersions: apiVersions.resources, answer: list },
  {
    method: 'GET',
    path: '/subscriptions/:subscription',
    apiVersions: apiVersions.resources,
    action: 'Microsoft.Resources/subscriptions/read',
    answer: ({ world, parameters }) => ({
      status: 200,
      body: resourceOf(world, world.subscriptions.find(({ id }) => keyOf(id) === keyOf(parameters.subscription!))!),
    }),
  },
]

function list({ world, caller }: Call) {
  const visible = world.subscriptions.filter(subscription => holdsAnything(world, caller, subscription))
  return { status: 200, body: { value: visible.map(subscription => resourceOf(world, subscription)) } }
}

/** A role on any resource in a subscription is enough to see the subscription. */
const holdsAnything = (world: World, caller: Caller, { id }: Subscription): boolean =>
  Object.values(world.roleAssignments).some(
    assignment =>
      principalsOf(caller).includes(assignment.principalId) && contains(`/subscriptions/${id}`, assignment.scope),
  )

const resourceOf = (world: World, { id, displayName }: Subscription) => ({
  id: `/subscriptions/${id}`,
  authorizationSource: 'RoleBased',
  managedByTenants: [],
  subscriptionId: id,
  tenantId: world.tenantId,
  displayName,
  state: 'Enabled',
  subscriptionPolicies: {
    locationPlacementId: 'Public_2014-09-01',
    quotaId: 'EnterpriseAgreement_2014-09-01',
    spendingLimit: 'Off',
  },
})
