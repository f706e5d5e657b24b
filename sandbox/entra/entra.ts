import { everywhere } from '../clouds.ts'
import type { Handler } from '../exchange.ts'
import { handlerOf } from '../routes.ts'
import { answerInstanceDiscovery, answerKeys, answerTenantDiscovery } from './discovery.ts'
import { answerTokenRequest } from './token-endpoint.ts'

/** Login hosts of the public cloud, of Azure Government and of Azure China. */
export const entraHosts = everywhere(({ authorities }) => authorities)

/** Answers as Microsoft Entra ID, for the world's one tenant. */
export const entra: Handler = handlerOf({
  'GET /common/discovery/instance': answerInstanceDiscovery,
  'GET /:tenant/v2.0/.well-known/openid-configuration': answerTenantDiscovery,
  'GET /:tenant/discovery/v2.0/keys': answerKeys,
  'POST /:tenant/oauth2/v2.0/token': answerTokenRequest,
})
