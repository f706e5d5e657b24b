import type { FederatedCredential, World } from '../world.ts'

/** Whoever may sign in: an application or a managed identity, under the names that a token gives it. */
export interface Client {
  name: string
  clientId: string
  objectId: string
  /** Object ids of the Entra groups that it belongs to. */
  groups: string[]
  /** The world's own records: a token request counts down their `unseenFor`. */
  federatedCredentials: FederatedCredential[]
}

/** The application or managed identity with a client id. */
export function clientOf(clientId: string, world: World): Client | undefined {
  const application = world.applications.find(candidate => candidate.clientId === clientId)
  if (application) return { ...application, name: application.displayName }

  const identity = Object.values(world.identities).find(candidate => candidate.clientId === clientId)
  if (!identity) return undefined
  const { name, principalId, federatedCredentials } = identity
  return {
    name,
    clientId,
    objectId: principalId,
    groups: [],
    federatedCredentials: Object.values(federatedCredentials),
  }
}

/** The client that asks for a token. Entra does not find a new identity for some requests, and this is one of them. */
export function signingIn(clientId: string, world: World): Client | undefined {
  const { unseenFor } = Object.values(world.identities).find(candidate => candidate.clientId === clientId) ?? {}
  if (!unseenFor?.tokens) return clientOf(clientId, world)
  unseenFor.tokens -= 1
  return undefined
}
