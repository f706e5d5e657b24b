import { cloudOf } from '../clouds.ts'
import type { SandboxRequest } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import type { Route } from '../routes.ts'
import type { World } from '../world.ts'
import { issueAccessToken } from './access-token.ts'
import { objectionTo } from './assertion.ts'
import { type Client, clientOf, signingIn } from './clients.ts'
import { isTenant } from './discovery.ts'
import {
  assertionMissing,
  clientNotFound,
  type EntraError,
  grantUnsupported,
  parameterMissing,
  refusal,
  resourceNotFound,
  scopeInvalid,
  secretWrong,
  tenantNotFound,
} from './errors.ts'
import { isKnownResource } from './resources.ts'

/** Seconds that an access token is valid: a day, as for clients that ask for continuous access evaluation. */
const lifetime = 86_400

/**
 * Buys an access token with a client assertion:
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential
 */
export const answerTokenRequest: Route = async (request, { tenant = '' }, world, keyring) => {
  const form = new URLSearchParams(request.body)
  const checked = await check(form, tenant, request, world, keyring)
  if ('code' in checked) return { ...refusal(checked, request, world), caller: callerOf(form, world) }

  const accessToken = await issueAccessToken(checked.client, checked.resource, lifetime, world, keyring)
  const body = {
    token_type: 'Bearer',
    expires_in: lifetime - 1,
    ext_expires_in: lifetime - 1,
    refresh_in: lifetime / 2 - 1,
    access_token: accessToken,
  }
  return { status: 200, body, caller: checked.client.name }
}

async function check(
  form: URLSearchParams,
  tenant: string,
  request: SandboxRequest,
  world: World,
  keyring: Keyring,
): Promise<EntraError | { client: Client; resource: string }> {
  if (!isTenant(tenant, request, world)) return tenantNotFound(tenant)
  const missing = ['grant_type', 'client_id', 'scope'].find(name => !form.get(name))
  if (missing) return parameterMissing(missing)

  const { grant_type: grantType, client_id: clientId, scope, ...proof } = Object.fromEntries(form)
  if (grantType !== 'client_credentials') return grantUnsupported(grantType!)
  const client = signingIn(clientId!, world)
  if (!client) return clientNotFound(clientId!, world.tenantId)

  const [, resource] = /^(\S+)\/\.default$/.exec(withoutOpenId(scope!)) ?? []
  if (!resource) return scopeInvalid(scope!)
  if (proof.client_secret) return secretWrong(client.clientId)
  if (!proof.client_assertion) return assertionMissing()
  const objection = await objectionTo(proof.client_assertion, client, world, keyring)
  if (objection) return objection

  return isKnownResource(resource, cloudOf(world)) ? { client, resource } : resourceNotFound(resource, world.tenantId)
}

/** MSAL for Go asks for these besides, and Entra overlooks them where an application signs in: https://github.com/AzureAD/microsoft-authentication-library-for-go */
const openIdScopes = ['openid', 'offline_access', 'profile']

const withoutOpenId = (scope: string): string =>
  scope
    .split(' ')
    .filter(part => !openIdScopes.includes(part))
    .join(' ')

const callerOf = (form: URLSearchParams, world: World): string => {
  const clientId = form.get('client_id') ?? ''
  return clientOf(clientId, world)?.name ?? clientId
}
