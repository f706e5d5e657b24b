import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { SandboxResponse } from '../exchange.ts'
import type { FederatedCredential, ManagedIdentity } from '../world.ts'
import * as apiVersions from './api-versions.ts'
import { armError, badRequest } from './errors.ts'
import { page } from './paging.ts'
import { keyOf } from './resource-id.ts'
import type { Call, Route } from './route.ts'
import { identityNotFound } from './user-assigned-identities.ts'

const collection =
  '/subscriptions/:subscription/resourceGroups/:resourceGroup/providers/Microsoft.ManagedIdentity/userAssignedIdentities/:name/federatedIdentityCredentials'
const credential = `${collection}/:credential`
const action = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials'

/** Federated credentials of user-assigned identities. */
export const federatedIdentityCredentialRoutes: Route[] = [
  { method: 'GET', path: collection, action: `${action}/read`, apiVersions: apiVersions.managedIdentity, answer: list },
  { method: 'GET', path: credential, action: `${action}/read`, apiVersions: apiVersions.managedIdentity, answer: get },
  { method: 'PUT', path: credential, action: `${action}/write`, apiVersions: apiVersions.managedIdentity, answer: put },
  {
    method: 'DELETE',
    path: credential,
    action: `${action}/delete`,
    apiVersions: apiVersions.managedIdentity,
    answer: remove,
  },
]

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations */
const limit = 20
const longestValue = 600
const validName = /^[a-z0-9][a-z0-9-_]{2,119}$/i

/** Milliseconds that a write takes: long enough for a second one, sent without waiting, to run into it. */
const writeTime = 10
const beingWritten = new WeakSet<ManagedIdentity>()

function list(call: Call): SandboxResponse {
  const identity = identityOf(call)
  if (!identity) return identityNotFound(call.parameters)
  const size = Number(call.request.query.get('$top') ?? limit)
  return { status: 200, body: page(call, Object.values(identity.federatedCredentials).map(resourceOf), size) }
}

function get(call: Call): SandboxResponse {
  const identity = identityOf(call)
  if (!identity) return identityNotFound(call.parameters)
  const found = identity.federatedCredentials[keyOf(call.parameters.credential!)]
  return found ? { status: 200, body: resourceOf(found) } : credentialNotFound(call)
}

async function put(call: Call): Promise<SandboxResponse> {
  const identity = identityOf(call)
  if (!identity) return parentNotFound(call)
  const wanted = call.body.properties as Partial<FederatedCredential> | undefined
  return malformed(call.parameters.credential!, wanted) ?? alone(identity, () => write(call, identity, wanted!))
}

async function remove(call: Call): Promise<SandboxResponse> {
  const identity = identityOf(call)
  const key = keyOf(call.parameters.credential!)
  if (!identity?.federatedCredentials[key]) return { status: 204 }
  return alone(identity, () => {
    delete identity.federatedCredentials[key]
    return { status: 200 }
  })
}

function write(
  { world, parameters }: Call,
  identity: ManagedIdentity,
  wanted: Partial<FederatedCredential>,
): SandboxResponse {
  const name = parameters.credential!
  const existing = identity.federatedCredentials[keyOf(name)]
  const others = Object.values(identity.federatedCredentials).filter(other => other !== existing)
  const { issuer = '', subject = '', audiences = [] } = wanted
  if (others.some(other => other.issuer === issuer && other.subject === subject)) {
    return badRequest('Issuer and subject combination already exists for this Managed Identity.')
  }
  if (others.length >= limit) {
    return badRequest(`Too many Federated Identity Credentials on the Managed Identity: the limit is ${limit}.`)
  }

  const written = {
    id: existing?.id ?? `${identity.id}/federatedIdentityCredentials/${name}`,
    name: existing?.name ?? name,
    issuer,
    subject,
    audiences,
    ...(world.delays.federatedCredential > 0 && { unseenFor: world.delays.federatedCredential }),
  }
  if (!existing || !isDeepStrictEqual(resourceOf(existing), resourceOf(written))) {
    identity.federatedCredentials[keyOf(name)] = written
  }
  return { status: existing ? 200 : 201, body: resourceOf(written) }
}

/** Lets one write at a time through to an identity, as the provider does. */
async function alone(identity: ManagedIdentity, write: () => SandboxResponse): Promise<SandboxResponse> {
  if (beingWritten.has(identity)) {
    return armError(
      409,
      'ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity',
      'Concurrent Federated Identity Credentials writes under the same managed identity are not supported. Please try adding the Federated Identity Credentials sequentially.',
    )
  }
  beingWritten.add(identity)
  await setTimeout(writeTime)
  beingWritten.delete(identity)
  return write()
}

function malformed(name: string, wanted: Partial<FederatedCredential> | undefined): SandboxResponse | undefined {
  if (!validName.test(name)) return badRequest(`The name '${name}' of a Federated Identity Credential is not valid.`)
  if (!wanted?.issuer || !wanted.subject) {
    return badRequest(
      'The properties issuer, subject and audiences of a Federated Identity Credential may not be empty.',
    )
  }
  if (wanted.audiences?.length !== 1) return badRequest('A Federated Identity Credential takes exactly one audience.')
  const longest = Math.max(...[wanted.issuer, wanted.subject, ...wanted.audiences].map(value => value.length))
  return longest > longestValue
    ? badRequest(`Values of a Federated Identity Credential end at ${longestValue} characters.`)
    : undefined
}

const identityOf = ({ world, path }: Call): ManagedIdentity | undefined =>
  world.identities[keyOf(path).replace(/\/federatedidentitycredentials.*$/, '')]

const resourceOf = ({ id, name, issuer, subject, audiences }: FederatedCredential & { id: string }) => ({
  id,
  name,
  type: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials',
  properties: { issuer, subject, audiences },
})

const credentialNotFound = ({ parameters }: Call): SandboxResponse =>
  armError(404, 'NotFound', `The Federated Identity Credential '${parameters.credential}' was not found.`)

const parentNotFound = ({ path }: Call): SandboxResponse =>
  armError(
    404,
    'ParentResourceNotFound',
    `Failed to perform 'write' on resource(s) of type 'userAssignedIdentities/federatedIdentityCredentials', because the parent resource '${path.replace(/\/federatedIdentityCredentials.*$/i, '')}' could not be found.`,
  )
