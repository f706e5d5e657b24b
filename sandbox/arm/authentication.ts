import { decodeJwt, type JWTPayload } from 'jose'
import { accessTokenIssuer, cloudOf } from '../clouds.ts'
import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { now, type World } from '../world.ts'
import { armError } from './errors.ts'
import type { Caller } from './route.ts'

/** Finds out who sent a request by its bearer token, or says as ARM does what is wrong with that token. */
export async function authenticate(
  request: SandboxRequest,
  world: World,
  keyring: Keyring,
): Promise<Caller | SandboxResponse> {
  const [, token] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (!token) {
    return challenge(world, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
  }

  const issuer = accessTokenIssuer(world)
  const presented = issuerOf(token)
  if (presented && presented !== issuer) {
    return challenge(
      world,
      'InvalidAuthenticationTokenTenant',
      `The access token is from the wrong issuer '${presented}'. It must match the tenant '${issuer}' associated with this subscription.`,
    )
  }
  const claims = await keyring.verify(token, issuer)
  if (!claims) return challenge(world, 'InvalidAuthenticationToken', 'The access token is invalid.')
  return faultOf(claims, request.host, world) ?? callerOf(claims, world)
}

/** Tells a refusal from a caller. */
export const isRefusal = (answer: Caller | SandboxResponse): answer is SandboxResponse => 'status' in answer

function faultOf(claims: JWTPayload, host: string, world: World): SandboxResponse | undefined {
  const audiences = audiencesOf(host, world)
  if (!audiences.includes(String(claims.aud))) {
    return challenge(
      world,
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for wrong audience or resource '${claims.aud}'. It should exactly match with one of the allowed audiences '${audiences.join("','")}'.`,
    )
  }
  const expiry = (claims.exp ?? 0) * 1000
  if (expiry <= now(world)) {
    return challenge(
      world,
      'ExpiredAuthenticationToken',
      `The access token expiry UTC time '${new Date(expiry).toISOString()}' is earlier than current UTC time '${new Date(now(world)).toISOString()}'.`,
    )
  }
  return undefined
}

/** The Azure CLI still asks for the older audience. */
const audiencesOf = (host: string, world: World): string[] =>
  [cloudOf(world).olderResourceManager, host].flatMap(name => [`https://${name}/`, `https://${name}`])

function callerOf(claims: JWTPayload, world: World): Caller {
  const objectId = String(claims.oid)
  const application = world.applications.find(application => application.objectId === objectId)
  if (application) {
    return { name: application.displayName, clientId: application.clientId, objectId, groups: application.groups }
  }
  const identity = Object.values(world.identities).find(identity => identity.principalId === objectId)
  return { name: identity?.name ?? objectId, clientId: String(claims.appid), objectId, groups: [] }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

const challenge = (world: World, code: string, message: string): SandboxResponse =>
  armError(401, code, message, {
    'www-authenticate': `Bearer authorization_uri="https://${cloudOf(world).authorities[0]}/${world.tenantId}", error="invalid_token", error_description="${message}"`,
  })
