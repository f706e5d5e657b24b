import { stringify } from 'yaml'
import type { Selected } from './selection.ts'

/** One job of a matrix. */
export interface MatrixEntry {
  /** What to show as the job's name. */
  title: string
  /** What the job gives to the input `targets`. */
  targets: string
}

/** GitHub makes no more jobs of a matrix (https://docs.github.com/actions/reference/limits). */
const JOBS = 256

/** Shares targets out over the jobs of a matrix: one each, or as few as can be. Neighbours stay together. */
export function matrixOf(selected: readonly Selected[]): MatrixEntry[] {
  const jobs = Math.min(JOBS, selected.length)
  return Array.from({ length: jobs }, (_, job) => {
    const from = Math.floor((job * selected.length) / jobs)
    const some = selected.slice(from, Math.floor(((job + 1) * selected.length) / jobs))
    return { title: titleOf(some), targets: inputOf(some) }
  })
}

const titleOf = ([first, ...others]: readonly Selected[]): string =>
  `${first!.reference}${others.length > 0 ? ` and ${others.length} more` : ''}`

/** A line for each, or YAML where one of them asks for something of its own. */
function inputOf(some: readonly Selected[]): string {
  if (some.every(({ entry }) => Object.keys(entry?.overrides ?? {}).length === 0))
    return some.map(({ reference }) => reference).join('\n')
  return stringify(some.map(({ reference, entry }) => ({ 'target-cluster': reference, ...entry?.overrides })))
}
