import type { SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { now, uuid } from '../world.ts'
import { apiAudience } from './authentication.ts'
import { parseBody } from './body.ts'
import type { Call } from './call.ts'
import { invalid, notFound } from './status.ts'
import { find } from './storage.ts'
import { timestamp } from './timestamp.ts'

const tokenRequest = { apiVersion: 'authentication.k8s.io/v1', plural: 'tokenrequests', kind: 'TokenRequest' }

/** TokenRequest: a token of a service account, signed by the cluster's issuer, for the audiences that are asked for. */
export async function requestToken(call: Call, keyring: Keyring): Promise<SandboxResponse> {
  const { cluster, world, info, request } = call
  const account = find(cluster.kubernetes, 'v1', 'serviceaccounts', info.namespace, info.name)
  if (!account) throw notFound(call.resource, info.name)
  const { spec = {} } = parseBody(request) as { spec?: { audiences?: string[]; expirationSeconds?: number } }
  const audiences = spec.audiences?.length ? spec.audiences : [apiAudience]
  const expirationSeconds = spec.expirationSeconds ?? 3600
  refuseLifetime(expirationSeconds)

  const issued = Math.floor(now(world) / 1000)
  const { uid } = account.metadata
  const claims = {
    aud: audiences,
    exp: issued + expirationSeconds,
    iat: issued,
    nbf: issued,
    iss: cluster.issuerUrl,
    jti: uuid(world),
    'kubernetes.io': { namespace: info.namespace, serviceaccount: { name: info.name, uid } },
    sub: `system:serviceaccount:${info.namespace}:${info.name}`,
  }
  const label = `service account ${info.namespace}/${info.name} of ${cluster.arm.name}`
  const token = await keyring.sign(cluster.issuerUrl, claims, label)
  return {
    status: 201,
    body: {
      ...{ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' },
      metadata: { name: info.name, namespace: info.namespace, creationTimestamp: timestamp(now(world)) },
      spec: { audiences, expirationSeconds, boundObjectRef: null },
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
