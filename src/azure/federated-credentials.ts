import type { AzureDelete, AzurePut } from '../plan.ts'
import type { FederatedCredential } from './azure.ts'
import { type ArmClients, found } from './clients.ts'
import type { IdentityId } from './resource-id.ts'

/** The federated credentials of user-assigned managed identities. */
export function federatedCredentials({ identities }: ArmClients) {
  const of = (subscription: string) => identities(subscription).federatedIdentityCredentials
  return {
    /** Empty where there is no identity. */
    async list({ subscriptionId, resourceGroup, name }: IdentityId): Promise<FederatedCredential[]> {
      const all = await found(Array.fromAsync(of(subscriptionId).list(resourceGroup, name)))
      return (all ?? []).map(({ name = '', issuer = '', subject = '', audiences = [] }) => ({
        name,
        issuer,
        subject,
        audiences,
      }))
    },
    async put({ id, child = '', body }: AzurePut): Promise<object> {
      return of(id.subscriptionId).createOrUpdate(id.resourceGroup, id.name, child, body)
    },
    async delete({ id, child }: AzureDelete): Promise<void> {
      await of(id.subscriptionId).delete(id.resourceGroup, id.name, child)
    },
  }
}
