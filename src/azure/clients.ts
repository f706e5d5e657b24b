import { ContainerServiceClient } from '@azure/arm-containerservice'
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import type { TokenCredential } from '@azure/core-auth'
import {
  createHttpHeaders,
  createPipelineRequest,
  isRestError,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline'
import type { Cloud } from './cloud.ts'
import { throttlingPolicy } from './throttling.ts'

/** The SDK's clients, each bound to a subscription. */
export interface ArmClients {
  containers(subscription: string): ContainerServiceClient
  identities(subscription: string): ManagedServiceIdentityClient
  /** Where Azure Resource Manager is, without a slash at the end. */
  endpoint: string
  /** Sends a request that none of the clients has, with all that they send along. */
  send(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>
}

/** The SDK's clients for a caller in a cloud, made when they are first asked for. */
export function armClients(credential: TokenCredential, { resourceManager: endpoint }: Cloud): ArmClients {
  const scope = `${endpoint}/.default`
  const userAgentOptions = { userAgentPrefix: 'argo-aks-onboard' }
  const additionalPolicies = [{ policy: throttlingPolicy(), position: 'perRetry' as const }]
  const ofNoSubscription = new ManagedServiceIdentityClient(credential, '', {
    endpoint,
    credentialScopes: scope,
    userAgentOptions,
    additionalPolicies,
  })
  return {
    endpoint,
    async send(method, path, body) {
      const headers = createHttpHeaders(body ? { 'content-type': 'application/json' } : {})
      const text = body ? { body: JSON.stringify(body) } : {}
      const request = createPipelineRequest({ url: `${endpoint}${path}`, method, headers, ...text })
      const answer = await ofNoSubscription.sendRequest(request)
      if (answer.status !== 200) throw refusal(answer)
      return JSON.parse(answer.bodyAsText ?? '{}')
    },
    containers: memoised(
      subscription =>
        new ContainerServiceClient(credential, subscription, {
          endpoint,
          credentials: { scopes: [scope] },
          userAgentOptions,
          additionalPolicies,
        }),
    ),
    identities: memoised(
      subscription =>
        new ManagedServiceIdentityClient(credential, subscription, {
          endpoint,
          credentialScopes: scope,
          userAgentOptions,
          additionalPolicies,
        }),
    ),
  }
}

/** One value a subscription: the SDK's clients are bound to theirs. */
function memoised<T>(make: (subscription: string) => T): (subscription: string) => T {
  const made = new Map<string, T>()
  return subscription => {
    const known = made.get(subscription) ?? make(subscription)
    made.set(subscription, known)
    return known
  }
}

/** An answer that is no success, in the form in which the SDK's own operations throw it. */
export function refusal(response: PipelineResponse): RestError {
  const { status: statusCode, request } = response
  const text = response.bodyAsText ?? ''
  const [, json = '{}'] = /^\s*(\{.*\})\s*$/s.exec(text) ?? []
  const { code, message = text } = { ...(JSON.parse(json) as { error?: { code?: string; message?: string } }).error }
  return new RestError(message, { statusCode, request, response, ...(code && { code }) })
}

/** What is not there is an answer, not a failure; where its resource group or its subscription is not there either, somebody mistyped. */
export async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isRestError(error) && error.statusCode === 404 && !MISTYPED.includes(error.code ?? '')) return undefined
    throw error
  }
}

const MISTYPED = ['ResourceGroupNotFound', 'SubscriptionNotFound']
