import type { Outcome } from '../apply.ts'
import { type Action, type Change, isLater, type Plan } from '../plan.ts'
import type { Link } from '../proof.ts'

/** Longer values, certificates above all, are cut: nobody reads them, and they drown the rest. */
const LONGEST = 80

/** A value of the plan as people read it. */
export function value(of: unknown): string {
  if (of === undefined) return '(none)'
  if (isLater(of)) return '(known after apply)'
  const text = typeof of === 'string' ? of : JSON.stringify(of, (_, item) => (isLater(item) ? value(item) : item))
  return text.length > LONGEST ? `${text.slice(0, 24)}… (${text.length} characters)` : text
}

/** `spec.replicas: 1 -> 2`, or what a new field will say. */
export const change = ({ field, from, to }: Change): string =>
  from === undefined ? `${field}: ${value(to)}` : `${field}: ${value(from)} -> ${value(to)}`

const SIGNS = { create: '+', update: '~', unchanged: '=', left: '.' } as const

/** One action of a plan with its fields, a line each. */
export function planned(action: Action): string[] {
  return [
    `${SIGNS[action.kind]} ${action.id}`,
    ...action.changes.map(item => `    ${change(item)}`),
    ...(action.note ? [`    (${action.note})`] : []),
  ]
}

/** `2 to create, 1 to update, 3 unchanged`. */
export function count({ actions }: Plan): string {
  const of = (kind: Action['kind']) => actions.filter(action => action.kind === kind).length
  return `${of('create')} to create, ${of('update')} to update, ${of('unchanged') + of('left')} unchanged`
}

/** One action's end as a line. */
export function ended(outcome: Outcome): string {
  const { action } = outcome
  if (outcome.kind === 'failed') return `! ${action.id}: failed`
  if (outcome.kind === 'skipped') return `! ${action.id}: not begun, since what it needs failed`
  const past = { create: 'created', update: 'updated', unchanged: 'unchanged', left: 'left alone' }[action.kind]
  return `${SIGNS[action.kind]} ${action.id}: ${past}`
}

/** A link of the proof as a line. */
export const proved = ({ link, of, outcome, detail }: Link): string =>
  `${{ proven: '✓', failed: '✗', 'not checked': '?' }[outcome]} ${link}, ${of}: ${outcome} (${detail})`
