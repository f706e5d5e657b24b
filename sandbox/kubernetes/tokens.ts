import type { SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { now, uuid } from '../world.ts'
import { apiAudience } from './authentication.ts'
import { parseBody } from './body.ts'
import { type Call, findLive } from './call.ts'
import { decode } from './decode.ts'
import { optionsOf } from './options.ts'
import { invalid, notFound } from './status.ts'
import { currentTime, timestamp } from './timestamp.ts'
import { trackedFromBirth } from './verbs/create.ts'
import { refuseMissingNamespace } from './verbs/store.ts'

const tokenRequest = { apiVersion: 'authentication.k8s.io/v1', plural: 'tokenrequests', kind: 'TokenRequest' }

interface TokenRequestSpec {
  audiences: string[] | null
  expirationSeconds: number | null
}

/** TokenRequest: a token of a service account, signed by the cluster's issuer, for the audiences that are asked for. */
export async function requestToken(call: Call, keyring: Keyring): Promise<SandboxResponse> {
  const { cluster, world, info, request, resource } = call
  refuseMissingNamespace(call)
  const { object } = decode(tokenRequest, parseBody(request))
  const spec = object.spec as TokenRequestSpec
  spec.expirationSeconds ??= 3600
  const { fieldManager } = optionsOf(call)
  const tracked = trackedFromBirth(object, { ...call, resource: { ...resource, ...tokenRequest } }, fieldManager)
  const account = findLive(call)
  if (!account) throw notFound(resource, info.name)
  refuseLifetime(spec.expirationSeconds)

  const audiences = spec.audiences?.length ? spec.audiences : [apiAudience]
  const issued = Math.floor(now(world) / 1000)
  const { uid } = account.metadata
  const claims = {
    aud: audiences,
    exp: issued + spec.expirationSeconds,
    iat: issued,
    nbf: issued,
    iss: cluster.issuerUrl,
    jti: uuid(world),
    'kubernetes.io': { namespace: info.namespace, serviceaccount: { name: info.name, uid } },
    sub: `system:serviceaccount:${info.namespace}:${info.name}`,
  }
  const label = `service account ${info.namespace}/${info.name} of ${cluster.arm.name}`
  const token = await keyring.sign(cluster.issuerUrl, claims, label)
  const named = { name: info.name, namespace: info.namespace, uid, creationTimestamp: currentTime(world) }
  return {
    status: 201,
    body: {
      ...tracked,
      metadata: { ...tracked.metadata, ...named },
      spec: { ...spec, audiences },
      status: { token, expirationTimestamp: timestamp(claims.exp * 1000) },
    },
  }
}

function refuseLifetime(seconds: number): void {
  const fault =
    seconds < 600
      ? 'may not specify a duration less than 10 minutes'
      : seconds > 2 ** 32
        ? 'may not specify a duration larger than 2^32 seconds'
        : ''
  if (!fault) return
  const message = `Invalid value: ${seconds}: ${fault}`
  throw invalid(tokenRequest, '', [{ reason: 'FieldValueInvalid', message, field: 'spec.expirationSeconds' }])
}
