import { accessTokenIssuer, cloudOf } from '../clouds.ts'
import { issueAccessToken } from '../entra/access-token.ts'
import { clientOf } from '../entra/clients.ts'
import { resourceNotFound } from '../entra/errors.ts'
import { isKnownResource } from '../entra/resources.ts'
import type { Handler, SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { type Machine, now, type World } from '../world.ts'

/** Where a machine in Azure is asked about itself (Instance Metadata Service); no route leads there from any other. */
export const machineHost = '169.254.169.254'

/**
 * Answers for the machine that the runner is on, with tokens of the identities that it has: a VM as
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token tells, a container app as
 * https://learn.microsoft.com/azure/container-apps/managed-identity#rest-endpoint-reference does.
 */
export const identityEndpoint: Handler = async (request, world, keyring) => {
  const { machine } = world
  if (!machine) throw new Error('the runner of this world is on no machine in Azure')
  const fault = requestFault(request, machine)
  if (fault) return fault

  const resource = request.query.get('resource') ?? ''
  const clientId = chosen(machine, request.query.get('client_id') ?? '')
  if (typeof clientId !== 'string') return clientId
  if (!isKnownResource(resource, cloudOf(world))) {
    const { code, error, text } = resourceNotFound(resource, world.tenantId)
    return badRequest(machine, error, `AADSTS${code}: ${text}`)
  }
  return token(clientId, resource, world, keyring)
}

/** The variables by which programs on the machine find the endpoint, where it is not at its usual address; a VM has none of its own. */
export const machineVariables = ({ identityHeader }: Machine, origin: string): Record<string, string> =>
  identityHeader
    ? { IDENTITY_ENDPOINT: `${origin}${paths.containerApp}`, IDENTITY_HEADER: identityHeader }
    : { AZURE_POD_IDENTITY_AUTHORITY_HOST: origin }

const paths = { vm: '/metadata/identity/oauth2/token', containerApp: '/msi/token' }

/** The header keeps out what somebody made another program on the machine send, and so does the refusal of proxies. */
function requestFault({ method, path, headers, query }: SandboxRequest, machine: Machine): SandboxResponse | undefined {
  const { identityHeader } = machine
  // MSAL ends a URL that a variable gives it with a slash.
  const known = identityHeader ? paths.containerApp : paths.vm
  if (method !== 'GET' || path.replace(/\/$/, '') !== known) return { status: 404, body: '' }
  if (headers['x-forwarded-for']) return badRequest(machine, 'invalid_request', 'Request contains proxy headers')
  if (identityHeader && headers['x-identity-header'] !== identityHeader) return { status: 401, body: '' }
  if (!identityHeader && headers.metadata !== 'true')
    return badRequest(machine, 'invalid_request', 'Required metadata header not specified')
  const missing = ['api-version', 'resource'].find(name => !query.get(name))
  return missing ? badRequest(machine, 'invalid_request', `'${missing}' was not specified`) : undefined
}

/** Client id of the identity that is asked for, or is meant where none is. */
function chosen(machine: Machine, asked: string): string | SandboxResponse {
  const { systemAssigned, userAssigned } = machine
  const has = [systemAssigned, ...userAssigned]
  if (asked) return has.includes(asked) ? asked : notFound(machine)
  if (systemAssigned) return systemAssigned
  // A container app looks for the system-assigned identity alone, a VM for whatever is the only one.
  if (userAssigned.length > 1 && !machine.identityHeader) {
    const advice = 'please specify the clientId / resourceId of the identity in the token request'
    return badRequest(machine, 'invalid_request', `Multiple user assigned identities exist, ${advice}`)
  }
  return (!machine.identityHeader && userAssigned[0]) || notFound(machine)
}

const notFound = (machine: Machine): SandboxResponse =>
  badRequest(
    machine,
    'invalid_request',
    machine.identityHeader
      ? 'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.'
      : 'Identity not found',
  )

const badRequest = ({ identityHeader }: Machine, error: string, text: string): SandboxResponse => ({
  status: 400,
  body: identityHeader ? { statusCode: 400, message: text } : { error, error_description: text },
})

/** A day, as for every managed identity; times are text here. */
const lifetime = 86_400

async function token(clientId: string, resource: string, world: World, keyring: Keyring): Promise<SandboxResponse> {
  const client = clientOf(clientId, world)
  if (!client) throw new Error(`the machine has an identity that the tenant ${accessTokenIssuer(world)} does not know`)
  const seconds = Math.floor(now(world) / 1000)
  const body = {
    access_token: await issueAccessToken(client, resource, lifetime, world, keyring),
    client_id: clientId,
    expires_in: String(lifetime - 1),
    expires_on: String(seconds + lifetime),
    ext_expires_in: String(lifetime - 1),
    not_before: String(seconds - 300),
    resource,
    token_type: 'Bearer',
  }
  return { status: 200, body, caller: client.name }
}
