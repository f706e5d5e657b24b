import { cloudOf } from '../../sandbox/clouds.ts'
import type { World } from '../../sandbox/world.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'
import { subscriptionOf } from '../../sandbox/worlds/builder.ts'

export const hub = 'argocd-rg/argocd-aks'
export const target = 'dev-rg/devworkloadaks1'
export const identity = 'argocd-rg/argocd-workload-identity'

/** The inputs that say who runs the action, and on which hub. */
export const callerOf = (world: World): Record<string, string> => ({
  'tenant-id': world.tenantId,
  'client-id': onboardingOf(world).clientId,
  'subscription-id': subscriptionOf(world),
  'hub-cluster': hub,
  ...(world.cloud !== 'public' && { environment: cloudOf(world).cliName.toLowerCase() }),
})
