import { createPipelineRequest, RestError } from '@azure/core-rest-pipeline'
import type { AzureDelete, AzurePut } from '../plan.ts'
import type { Permissions, RoleAssignment, RoleDefinition } from './azure.ts'
import { type ArmClients, found } from './clients.ts'
import type { Scope } from './resource-id.ts'

const PROVIDER = '/providers/Microsoft.Authorization'
const API_VERSION = 'api-version=2022-04-01'
/** How long a new identity may be unknown to Azure's own copy of the directory, and how often that is looked at. */
const REPLICATION_DEADLINE = 5 * 60_000
const REPLICATION_INTERVAL = 10_000

interface RoleAssignmentModel {
  id: string
  name: string
  properties: {
    scope: string
    roleDefinitionId: string
    principalId: string
    principalType?: string | null
    description?: string | null
    createdOn?: string | null
  }
}

interface RoleDefinitionModel {
  name: string
  properties: { roleName: string; permissions?: Permissions[] }
}

/** Role assignments and definitions, which no SDK of the action knows. */
export function roleAssignments({ identities, endpoint }: ArmClients) {
  async function send<T>(
    method: 'GET' | 'PUT' | 'DELETE',
    subscription: string,
    url: string,
    body?: object,
  ): Promise<T> {
    const request = createPipelineRequest({ method, url, ...(body ? { body: JSON.stringify(body) } : {}) })
    if (body) request.headers.set('content-type', 'application/json')
    const answer = await identities(subscription).sendRequest(request)
    const text = answer.bodyAsText ?? ''
    if (answer.status < 300) return (text ? JSON.parse(text) : undefined) as T
    const { code, message = text } = errorOf(text)
    throw new RestError(message, { statusCode: answer.status, request: answer.request, ...(code ? { code } : {}) })
  }

  const urlOf = (id: string, kind: string, query = '') => `${endpoint}${id}${PROVIDER}/${kind}?${API_VERSION}${query}`

  async function pages<T>(subscription: string, url: string): Promise<T[]> {
    const { value, nextLink } = await send<{ value: T[]; nextLink?: string | null }>('GET', subscription, url)
    return nextLink ? [...value, ...(await pages<T>(subscription, nextLink))] : value
  }

  const filter = (text: string) => `&$filter=${encodeURIComponent(text)}`

  async function create(
    { id, child = '', body }: AzurePut,
    onProgress: (progress: string) => void,
  ): Promise<RoleAssignmentModel | undefined> {
    const url = `${endpoint}${id.id}/${child}?${API_VERSION}`
    const end = Date.now() + REPLICATION_DEADLINE
    for (;;) {
      try {
        return await send<RoleAssignmentModel>('PUT', id.subscriptionId, url, body)
      } catch (error) {
        const { code } = error as RestError
        // The same role of the same principal at the same scope, under a name that somebody else gave it meanwhile.
        if (code === 'RoleAssignmentExists') return undefined
        if (code !== 'PrincipalNotFound' || Date.now() > end) throw error
        onProgress('Azure does not know the identity as a principal yet')
        await new Promise(resolve => setTimeout(resolve, REPLICATION_INTERVAL))
      }
    }
  }

  return {
    /** Those of a principal at a scope, above it and within it. */
    async list({ id, subscriptionId }: Scope, principalId: string): Promise<RoleAssignment[]> {
      const url = urlOf(id, 'roleAssignments', filter(`principalId eq '${principalId}'`))
      return (await pages<RoleAssignmentModel>(subscriptionId, url)).map(assignmentOf)
    },
    /** By GUID, or by the name that people see. */
    async definition({ id, subscriptionId }: Scope, nameOrGuid: string): Promise<RoleDefinition | undefined> {
      const isGuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(nameOrGuid)
      if (isGuid) {
        const url = urlOf(id, `roleDefinitions/${nameOrGuid}`)
        const model = await found(send<RoleDefinitionModel>('GET', subscriptionId, url))
        return model && definitionOf(model)
      }
      const named = filter(`roleName eq '${nameOrGuid.replaceAll("'", "''")}'`)
      const [model] = await pages<RoleDefinitionModel>(subscriptionId, urlOf(id, 'roleDefinitions', named))
      return model && definitionOf(model)
    },
    /** The same assignment under another name is as good. */
    async put(write: AzurePut, onProgress: (progress: string) => void): Promise<object> {
      const model = await create(write, onProgress)
      return { createdOn: model?.properties.createdOn ?? new Date().toISOString() }
    },
    async delete({ id, child }: AzureDelete): Promise<void> {
      await found(send('DELETE', id.subscriptionId, `${endpoint}${id.id}/${child}?${API_VERSION}`))
    },
  }
}

const assignmentOf = ({ name, properties }: RoleAssignmentModel): RoleAssignment => ({
  name,
  scope: properties.scope,
  roleDefinitionId: properties.roleDefinitionId,
  role: properties.roleDefinitionId.split('/').at(-1)!.toLowerCase(),
  principalId: properties.principalId,
  principalType: properties.principalType ?? undefined,
  description: properties.description ?? undefined,
  createdOn: properties.createdOn ?? undefined,
})

const definitionOf = ({ name, properties }: RoleDefinitionModel): RoleDefinition => ({
  name: name.toLowerCase(),
  roleName: properties.roleName,
  permissions: properties.permissions ?? [],
})

/** ARM's error in its envelope; what is none, from a proxy say, has neither. */
function errorOf(text: string): { code?: string; message?: string } {
  try {
    return JSON.parse(text).error ?? {}
  } catch {
    return {}
  }
}
