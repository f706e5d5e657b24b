import type { Outcome } from '../apply.ts'
import { Unproven } from '../failure.ts'
import { type Action, type Change, isLater, type Plan } from '../plan.ts'
import type { Link } from '../proof/link.ts'

/** Longer values, certificates above all, are cut: nobody reads them, and they drown the rest. */
const LONGEST = 160

/** A value of the plan as people read it. */
export function value(of: unknown): string {
  if (of === undefined) return '(none)'
  const text = flow(of)
  return text.length > LONGEST ? `${text.slice(0, 24)}… (${text.length} characters)` : text
}

/** `spec.replicas: 1 -> 2`, or what a new field will say. */
export function change({ field, from, to }: Change): string {
  const item = /\[([^'\]]+)\]$/.exec(field)?.[1]
  const what = field.replace('spec.template.spec.', '')
  return from === undefined ? `${what}: ${value(withoutKey(to, item))}` : `${what}: ${value(from)} -> ${value(to)}`
}

/** YAML on one line. */
function flow(of: unknown): string {
  if (isLater(of)) return '(known after apply)'
  if (Array.isArray(of)) return `[${of.map(flow).join(', ')}]`
  if (typeof of !== 'object' || of === null) return String(of)
  if (Object.keys(of).length === 0) return '{}'
  return `{ ${Object.entries(of)
    .map(([key, item]) => `${key}: ${flow(item)}`)
    .join(', ')} }`
}

/** The field names the list item already; what is left of `{ name, value }` is the value. */
function withoutKey(of: unknown, item: string | undefined): unknown {
  if (item === undefined || typeof of !== 'object' || of === null) return of
  const rest = Object.entries(of).filter(([, value]) => value !== item)
  return rest.length === 1 ? rest[0]![1] : Object.fromEntries(rest)
}

/** What an action is called once it is done. */
export const PAST = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  unchanged: 'unchanged',
  left: 'left alone',
} as const
const SIGNS = { create: '+', update: '~', delete: '-', unchanged: '=', left: '.' } as const

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
  const deleted = of('delete') > 0 ? `${of('delete')} to delete, ` : ''
  return `${of('create')} to create, ${of('update')} to update, ${deleted}${of('unchanged') + of('left')} unchanged`
}

/** One action's end as a line. */
export function ended(outcome: Outcome): string {
  const { action } = outcome
  if (isWithheld(outcome)) return `! ${action.id}: not written, since the proof failed`
  if (outcome.kind === 'failed') return `! ${action.id}: failed`
  if (outcome.kind === 'skipped') return `! ${action.id}: not begun, since what it needs failed`
  return `${SIGNS[action.kind]} ${action.id}: ${PAST[action.kind]}`
}

/** Tells whether an action was left undone because what it would publish is not proven. */
export const isWithheld = (outcome: Outcome): boolean => outcome.kind === 'failed' && outcome.error instanceof Unproven

/** A link of the proof as a line. */
export const proved = ({ link, of, outcome, detail }: Link): string =>
  `${{ proven: '✓', failed: '✗', 'not checked': '?' }[outcome]} ${link}, ${of}: ${outcome} (${detail})`
