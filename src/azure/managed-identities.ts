import type { Identity } from '@azure/arm-msi'
import type { AzurePatch, AzurePut } from '../plan.ts'
import type { ManagedIdentity } from './azure.ts'
import { type ArmClients, found } from './clients.ts'
import type { IdentityId } from './resource-id.ts'

/** User-assigned managed identities. */
export function managedIdentities({ identities }: ArmClients) {
  const of = (subscription: string) => identities(subscription).userAssignedIdentities
  return {
    async get({ subscriptionId, resourceGroup, name }: IdentityId): Promise<ManagedIdentity | undefined> {
      const model = await found(of(subscriptionId).get(resourceGroup, name))
      return model && identityOf(model)
    },
    async patch({ id, body }: AzurePatch): Promise<ManagedIdentity> {
      return identityOf(await of(id.subscriptionId).update(id.resourceGroup, id.name, body))
    },
    async put({ id, body }: AzurePut): Promise<ManagedIdentity> {
      return identityOf(await of(id.subscriptionId).createOrUpdate(id.resourceGroup, id.name, body as Identity))
    },
  }
}

function identityOf(model: Identity): ManagedIdentity {
  const { id = '', clientId = '', principalId = '', tenantId = '', location, tags = {} } = model
  return { id, clientId, principalId, tenantId, location, tags }
}
