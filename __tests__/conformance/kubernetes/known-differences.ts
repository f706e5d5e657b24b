import type { Answer } from './compare.ts'
import type { Draft } from './sequence.ts'

/** Something in which the embedded server is not a kube-apiserver, and why it may stay so. */
export interface KnownDifference {
  name: string
  why: string
  explains(asked: Draft, ours: Answer, theirs: Answer): boolean
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    name: 'the object id of Entra users',
    why: 'AKS authenticates Entra tokens by a webhook that adds extra.oid; the real server of the test knows its callers from a file.',
    explains: ({ what }, ours, theirs) => what === 'who am I' && ours.status === theirs.status,
  },
]

/** The name of the difference that explains a disagreement. */
export const explanationOf = (asked: Draft, ours: Answer, theirs: Answer): string | undefined =>
  knownDifferences.find(difference => difference.explains(asked, ours, theirs))?.name
