import type { Workload } from './workload.ts'

/** The hash in the names and labels of a workload's pods: another template, another hash. */
export const revisionOf = (workload: Workload): string => encode(hash(canonical(workload.spec.template)), 9)

/** Five characters that are the same for the same text, as in `argocd-server-6b7f8c9d5-x2v4z`. */
export const suffix = (text: string): string => encode(hash(text), 5)

/** FNV-1a, 32 bits: what Kubernetes hashes templates with. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}

/** Kubernetes' alphabet for names: no vowels, nothing that reads like another letter. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

function encode(value: number, length: number): string {
  let rest = value
  return Array.from({ length }, () => {
    const letter = alphabet[rest % alphabet.length]
    rest = Math.imul(rest ^ (rest >>> 13), 0x5bd1e995) >>> 0
    return letter
  }).join('')
}

/** JSON with sorted keys: the order in which somebody wrote a template does not count. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
