import { createPipelineRequest } from '@azure/core-rest-pipeline'
import type { Permissions } from './azure.ts'
import { type ArmClients, refusal } from './clients.ts'
import type { Scope } from './resource-id.ts'

/** What the caller holds at a scope; undefined where it may not even ask (Microsoft.Authorization/permissions/read). */
export function permissions({ identities, endpoint }: ArmClients) {
  return async ({ id, subscriptionId }: Scope): Promise<Permissions[] | undefined> => {
    const url = `${endpoint}${id}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`
    const answer = await identities(subscriptionId).sendRequest(createPipelineRequest({ url }))
    if (answer.status === 403) return undefined
    if (answer.status !== 200) throw refusal(answer)
    return (JSON.parse(answer.bodyAsText ?? '{}') as { value: Permissions[] }).value
  }
}
