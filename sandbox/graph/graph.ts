import { accessTokenIssuer, everywhere } from '../clouds.ts'
import type { Handler, SandboxResponse } from '../exchange.ts'

/** Microsoft Graph's hosts in the public cloud, Azure Government and Azure China. */
export const graphHosts = everywhere(({ graph }) => graph)

/**
 * Answers as Microsoft Graph does to those who hold no permission in the directory, and nobody in these worlds holds one. The Azure CLI looks
 * principals up there around role assignments, and goes on without: https://learn.microsoft.com/graph/permissions-reference
 */
export const graph: Handler = async ({ host, headers }, world, keyring) => {
  const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
  if (!token) return graphError(401, 'InvalidAuthenticationToken', 'Access token is empty.')
  const claims = await keyring.verify(token, accessTokenIssuer(world))
  const isForGraph = String(claims?.aud).replace(/\/$/, '') === `https://${host}`
  if (!isForGraph)
    return graphError(401, 'InvalidAuthenticationToken', 'Access token validation failure. Invalid audience.')
  return graphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

const graphError = (status: number, code: string, message: string): SandboxResponse => ({
  status,
  body: { error: { code, message } },
})
