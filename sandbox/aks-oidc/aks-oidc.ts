import type { Handler, SandboxResponse } from '../exchange.ts'
import type { AksCluster, World } from '../world.ts'

/**
 * Answers as the OIDC issuers of the world's clusters, two public documents each:
 * https://learn.microsoft.com/azure/aks/use-oidc-issuer. A cluster whose issuer is off has none.
 */
export const aksOidc: Handler = async (request, world, keyring) => {
  const url = `https://${request.host}${request.path}`
  const issuer = Object.values(world.clusters).find(
    cluster => isPublished(cluster) && url.startsWith(cluster.issuerUrl),
  )?.issuerUrl
  if (!issuer) return notFound
  switch (url.slice(issuer.length)) {
    case '.well-known/openid-configuration':
      return { status: 200, body: discovery(issuer) }
    case 'openid/v1/jwks':
      return { status: 200, body: await keyring.keys(issuer) }
    default:
      return notFound
  }
}

/** Whether a host is that of some cluster's issuer, such as `westeurope.oic.prod-aks.azure.com`. */
export const isIssuerHost = (host: string, world: World): boolean => {
  const origin = `https://${host}/`
  return Object.values(world.clusters).some(cluster => cluster.issuerUrl.startsWith(origin))
}

/** Whether the issuer is switched on: only then can Entra fetch its keys. */
export const isPublished = ({ arm }: AksCluster): boolean => arm.properties.oidcIssuerProfile?.enabled === true

const notFound: SandboxResponse = { status: 404, body: 'The specified resource does not exist.' }

const discovery = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}openid/v1/jwks`,
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
})
