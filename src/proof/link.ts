/** One link of the chain from Argo CD's service account to a target, and how the try ended. */
export interface Link {
  /** `exchange`: Entra takes the account's token for one of the identity. `access`: the target lets the identity in. `reach`: the hub's network reaches the target. */
  link: 'exchange' | 'access' | 'reach'
  /** Whose link: a service account, the identity, a server. */
  of: string
  outcome: 'proven' | 'failed' | 'not checked'
  /** What was seen, or why not. */
  detail: string
}

/** What all links say together. */
export type Verdict = 'proven' | 'partial' | 'failed' | 'skipped'

export const verdictOf = (links: Link[]): Verdict => {
  if (links.length === 0) return 'skipped'
  if (links.some(({ outcome }) => outcome === 'failed')) return 'failed'
  return links.every(({ outcome }) => outcome === 'proven') ? 'proven' : 'partial'
}
