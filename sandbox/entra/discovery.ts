import { accessTokenIssuer, cloudOf } from '../clouds.ts'
import type { SandboxRequest } from '../exchange.ts'
import type { Route } from '../routes.ts'
import type { World } from '../world.ts'
import { instanceUnknown, refusal, tenantNotFound } from './errors.ts'

/** Host names that stand for one cloud's Entra; MSAL keeps its cache under the preferred one. */
const instances = [
  {
    preferred_network: 'login.microsoftonline.com',
    preferred_cache: 'login.windows.net',
    aliases: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  },
  {
    preferred_network: 'login.partner.microsoftonline.cn',
    preferred_cache: 'login.partner.microsoftonline.cn',
    aliases: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
  },
  {
    preferred_network: 'login.microsoftonline.us',
    preferred_cache: 'login.microsoftonline.us',
    aliases: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
  },
]

/** Tells MSAL whether the authority that it was given is one of Microsoft's. */
export const answerInstanceDiscovery: Route = (request, _parameters, world) => {
  const [, host = '', tenant] =
    /^https:\/\/([^/]+)\/([^/]+)\//.exec(request.query.get('authorization_endpoint') ?? '') ?? []
  if (!instances.some(({ aliases }) => aliases.includes(host.toLowerCase())))
    return refusal(instanceUnknown(), request, world)
  const body = {
    tenant_discovery_endpoint: `https://${host}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: instances,
  }
  return { status: 200, body }
}

/** The tenant's OpenID configuration. */
export const answerTenantDiscovery: Route = (request, { tenant = '' }, world) => {
  if (!isTenant(tenant, request, world)) return refusal(tenantNotFound(tenant), request, world)
  // Whatever name Entra was asked under, it speaks of itself by its preferred one.
  const authority = `https://${cloudOf(world).authorities[0]}/${world.tenantId}`
  const body = {
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  }
  return { status: 200, body }
}

/** The keys that access tokens are verified with. */
export const answerKeys: Route = async (request, { tenant = '' }, world, keyring) => {
  if (!isTenant(tenant, request, world)) return refusal(tenantNotFound(tenant), request, world)
  return { status: 200, body: await keyring.keys(accessTokenIssuer(world)) }
}

/** Whether a path names the world's tenant, at an authority of its cloud; ids are compared without regard to case. */
export const isTenant = (tenant: string, { host }: Pick<SandboxRequest, 'host'>, world: World): boolean =>
  tenant.toLowerCase() === world.tenantId.toLowerCase() && cloudOf(world).authorities.includes(host)
