import { randomUUID } from 'node:crypto'
import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import { now, type World } from '../world.ts'
import type { Assertion } from './assertion.ts'

/**
 * Why Entra refuses a request, with the number that its texts begin with:
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export interface EntraError {
  code: number
  status: 400 | 401
  error: string
  text: string
}

/** Entra's answer to a request that it refuses. */
export function refusal(
  { code, status, error, text }: EntraError,
  request: SandboxRequest,
  world: World,
): SandboxResponse {
  const timestamp = `${new Date(now(world)).toISOString().slice(0, 19).replace('T', ' ')}Z`
  const traceId = randomUUID()
  const correlationId = request.query.get('client-request-id') ?? request.headers['client-request-id'] ?? randomUUID()
  const body = {
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://${request.host}/error?code=${code}`,
  }
  return { status, body }
}

const federationGuide = 'https://learn.microsoft.com/entra/workload-id/workload-identity-federation'
const noRecordFor = 'No matching federated identity record found for presented assertion'
const advice = `Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${federationGuide}`

export const instanceUnknown = (): EntraError => ({
  code: 50049,
  status: 400,
  error: 'invalid_instance',
  text: 'Unknown or invalid instance.',
})

export const tenantNotFound = (tenant: string): EntraError => ({
  code: 90002,
  status: 400,
  error: 'invalid_request',
  text: `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
})

export const parameterMissing = (name: string): EntraError => ({
  code: 900144,
  status: 400,
  error: 'invalid_request',
  text: `The request body must contain the following parameter: '${name}'.`,
})

export const grantUnsupported = (grantType: string): EntraError => ({
  code: 70003,
  status: 400,
  error: 'unsupported_grant_type',
  text: `The app requested an unsupported grant type '${grantType}'.`,
})

export const clientNotFound = (clientId: string, tenant: string): EntraError => ({
  code: 700016,
  status: 400,
  error: 'unauthorized_client',
  text: `Application with identifier '${clientId}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
})

export const scopeInvalid = (scope: string): EntraError => ({
  code: 1002012,
  status: 400,
  error: 'invalid_scope',
  text: `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
})

export const resourceNotFound = (resource: string, tenant: string): EntraError => ({
  code: 500011,
  status: 400,
  error: 'invalid_resource',
  text: `The resource principal named ${resource} was not found in the tenant named ${tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
})

export const secretWrong = (clientId: string): EntraError => ({
  code: 7000215,
  status: 401,
  error: 'invalid_client',
  text: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
})

export const assertionMissing = (): EntraError => ({
  code: 7000216,
  status: 401,
  error: 'invalid_client',
  text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
})

export const assertionMalformed = (): EntraError => ({
  code: 50027,
  status: 400,
  error: 'invalid_request',
  text: 'JWT token is invalid or malformed.',
})

export const entraTokenPresented = (): EntraError => ({
  code: 700222,
  status: 400,
  error: 'invalid_request',
  text: 'AAD-issued tokens may not be used for federated identity flows.',
})

export const credentialsMissing = (clientId: string, name: string): EntraError => ({
  code: 70025,
  status: 401,
  error: 'invalid_client',
  text: `The client '${clientId}'(${name}) has no configured federated identity credentials.`,
})

export const issuerUnmatched = ({ issuer }: Assertion): EntraError => ({
  code: 700211,
  status: 401,
  error: 'invalid_client',
  text: `${noRecordFor} issuer '${issuer}'. ${advice}`,
})

export const subjectUnmatched = ({ subject }: Assertion): EntraError => ({
  code: 700213,
  status: 401,
  error: 'invalid_client',
  text: `${noRecordFor} subject '${subject}'. ${advice}`,
})

export const subjectInOtherCase = ({ subject }: Assertion): EntraError => ({
  code: 7002138,
  status: 401,
  error: 'invalid_client',
  text: `${noRecordFor} subject '${subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. ${advice}`,
})

export const audienceUnmatched = ({ audiences }: Assertion): EntraError => ({
  code: 700212,
  status: 401,
  error: 'invalid_client',
  text: `${noRecordFor} audience '${audiences.join()}'. ${advice}`,
})

/** What a credential that was only just written looks like from the token endpoint. */
export const credentialNotThereYet = ({ issuer, subject, audiences }: Assertion): EntraError => ({
  code: 70021,
  status: 400,
  error: 'invalid_request',
  text: `${noRecordFor}. Assertion Issuer: '${issuer}'. Assertion Subject: '${subject}'. Assertion Audience: '${audiences.join()}'. ${federationGuide}`,
})

export const issuerUnreachable = (): EntraError => ({
  code: 50166,
  status: 400,
  error: 'invalid_request',
  text: 'Request to External OIDC endpoint failed.',
})

export const signatureInvalid = (): EntraError => ({
  code: 700027,
  status: 401,
  error: 'invalid_client',
  text: 'Client assertion contains an invalid signature. [Reason - The key was not found.]',
})

export const assertionOutOfTime = ({ notBefore, expiry }: Assertion, time: number): EntraError => ({
  code: 700024,
  status: 401,
  error: 'invalid_client',
  text: `Client assertion is not within its valid time range. Current time: ${precise(time)}, assertion valid from ${precise(notBefore)}, expiry time of assertion ${precise(expiry)}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
})

/** Entra writes times with seven decimals of a second. */
const precise = (time: number): string => new Date(time).toISOString().replace('Z', '0000Z')
