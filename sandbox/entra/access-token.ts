import { randomUUID } from 'node:crypto'
import { accessTokenIssuer } from '../clouds.ts'
import type { Keyring } from '../keyring.ts'
import { now, type World } from '../world.ts'
import type { Client } from './clients.ts'
import { labelOf } from './resources.ts'

/**
 * An access token of version 1, good for so many seconds: ARM and AKS read `oid` and `groups`, and its times are five minutes early, as
 * Entra's are.
 */
export function issueAccessToken(
  client: Client,
  resource: string,
  lifetime: number,
  world: World,
  keyring: Keyring,
): Promise<string> {
  const iss = accessTokenIssuer(world)
  const seconds = Math.floor(now(world) / 1000)
  const claims = {
    aud: resource,
    iss,
    iat: seconds - 300,
    nbf: seconds - 300,
    exp: seconds + lifetime,
    appid: client.clientId,
    appidacr: '2',
    ...(client.groups.length > 0 && { groups: client.groups }),
    idp: iss,
    idtyp: 'app',
    oid: client.objectId,
    sub: client.objectId,
    tid: world.tenantId,
    uti: randomUUID(),
    ver: '1.0',
  }
  return keyring.sign(iss, claims, `Entra token of ${client.name} for ${labelOf(resource)}`)
}
