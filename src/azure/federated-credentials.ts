import { isRestError } from '@azure/core-rest-pipeline'
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
    async put({ id, child = '', body }: AzurePut, onProgress: (progress: string) => void): Promise<object> {
      return inTurn(() => of(id.subscriptionId).createOrUpdate(id.resourceGroup, id.name, child, body), onProgress)
    },
    async delete({ id, child }: AzureDelete, onProgress: (progress: string) => void): Promise<void> {
      await inTurn(() => of(id.subscriptionId).delete(id.resourceGroup, id.name, child), onProgress)
    },
  }
}

/** Some two minutes in all. */
const ATTEMPTS = 8
const LONGEST_PAUSE = 30_000

/**
 * Repeats a write that Azure refuses for the moment: it takes one at a time for an identity, and other jobs write too
 * (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations#concurrent-updates-arent-supported-user-assigned-managed-identities),
 * and an identity that was just made is not known everywhere. Pauses are drawn by lot, so that jobs that met once do not meet again.
 */
async function inTurn<T>(write: () => Promise<T>, onProgress: (progress: string) => void): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (!isRestError(error) || attempt === ATTEMPTS) throw error
      if (/^ConcurrentFederatedIdentityCredentialsWrites/.test(error.code ?? '')) onProgress('waits for another write')
      else if (/^(Parent)?ResourceNotFound$/.test(error.code ?? '')) onProgress('waits until Azure knows the identity')
      else throw error
      const longest = Math.min(LONGEST_PAUSE, 1000 * 2 ** attempt)
      await new Promise(resolve => setTimeout(resolve, longest / 2 + (Math.random() * longest) / 2))
    }
  }
}
