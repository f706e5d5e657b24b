import { decodeJwt, type JWTPayload } from 'jose'
import { accessTokenIssuer } from '../clouds.ts'
import type { SandboxRequest } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { type AksCluster, now, type World } from '../world.ts'
import { notImplemented, unauthorized } from './status.ts'

/** Who asks, as authentication found out. */
export interface User {
  name: string
  uid?: string
  groups: string[]
  extra?: Record<string, string[]>
}

/** Issuer of the sandbox's own administrator tokens; the keyring signs them. */
export const administratorIssuer = 'urn:sandbox:administrator'

/** Audience of a cluster's service account tokens that are meant for its own API server. */
export const apiAudience = 'https://kubernetes.default.svc'

/** The application `Azure Kubernetes Service AAD Server`: audience of every Entra token for AKS. */
export const aksServerApplication = '6dae42f8-4368-4678-94ff-3960e28e3630'

/** Whose token the request carries. Throws 401 for one that nobody vouches for; without one it is system:anonymous. */
export async function authenticate(
  request: Pick<SandboxRequest, 'headers'>,
  cluster: AksCluster,
  world: World,
  keyring: Keyring,
): Promise<User> {
  if (request.headers['impersonate-user']) throw notImplemented('impersonate users')
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (!token) return { name: 'system:anonymous', groups: ['system:unauthenticated'] }
  const authenticator = authenticators(cluster, world).find(({ issuer }) => issuer === issuerOf(token))
  const claims = authenticator && (await keyring.verify(token, authenticator.issuer))
  const user = claims && isCurrent(claims, world) && authenticator.userOf(claims)
  if (!user) throw unauthorized()
  return { ...user, groups: [...user.groups, 'system:authenticated'] }
}

/** Whom the token names as its issuer, which nobody has checked yet. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

interface Authenticator {
  issuer: string
  userOf(claims: JWTPayload): User | undefined
}

function authenticators(cluster: AksCluster, world: World): Authenticator[] {
  const { aadProfile } = cluster.arm.properties
  const own: Authenticator[] = [
    { issuer: administratorIssuer, userOf: ({ sub }) => ({ name: sub ?? 'sandbox', groups: ['system:masters'] }) },
    { issuer: cluster.issuerUrl, userOf: claims => serviceAccount(claims, cluster) },
  ]
  if (!aadProfile) return own
  const tenantId = aadProfile.tenantID ?? world.tenantId
  return [{ issuer: accessTokenIssuer({ ...world, tenantId }), userOf: entraUser }, ...own]
}

/** AKS knows an Entra user by object id; so RoleBindings name the object id. */
function entraUser(claims: JWTPayload): User | undefined {
  const { oid, groups } = claims as { oid?: string; groups?: string[] }
  if (!oid || !audiences(claims).includes(aksServerApplication)) return undefined
  return { name: oid, groups: groups ?? [], extra: { oid: [oid] } }
}

interface ServiceAccountClaims extends JWTPayload {
  'kubernetes.io'?: { namespace: string; serviceaccount: { name: string; uid: string } }
}

/** A token lives no longer than its service account: one that was made again has another uid. */
function serviceAccount(claims: ServiceAccountClaims, cluster: AksCluster): User | undefined {
  const { namespace, serviceaccount } = claims['kubernetes.io'] ?? {}
  if (!namespace || !serviceaccount || !audiences(claims).includes(apiAudience)) return undefined
  const { name, uid } = serviceaccount
  const account = cluster.kubernetes.objects[`v1/serviceaccounts/${namespace}/${name}`]
  if (account?.metadata.uid !== uid) return undefined
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] },
  }
}

const audiences = ({ aud }: JWTPayload): string[] => (Array.isArray(aud) ? aud : [aud ?? ''])

const isCurrent = ({ exp, nbf }: JWTPayload, world: World): boolean => {
  const seconds = now(world) / 1000
  return (exp === undefined || seconds < exp) && (nbf === undefined || seconds >= nbf)
}
