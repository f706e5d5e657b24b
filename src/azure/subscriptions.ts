import type { ArmClients } from './clients.ts'

/** A subscription that the caller can see. */
export interface Subscription {
  id: string
  name: string
}

interface Page {
  value: { subscriptionId: string; displayName: string }[]
  nextLink?: string
}

/** All subscriptions in which the caller holds any role. */
export function subscriptions({ send, endpoint }: ArmClients) {
  return async (): Promise<Subscription[]> => {
    const found: Subscription[] = []
    let path: string | undefined = '/subscriptions?api-version=2022-12-01'
    while (path) {
      const page = (await send('GET', path)) as Page
      found.push(...page.value.map(({ subscriptionId: id, displayName: name }) => ({ id, name })))
      path = page.nextLink?.replace(endpoint, '')
    }
    return found
  }
}
