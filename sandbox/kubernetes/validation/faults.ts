import type { StatusCause } from '../status.ts'

/** Builders of causes, with the words of apimachinery's field.Error. */

export const required = (field: string, detail = ''): StatusCause =>
  cause('FieldValueRequired', 'Required value', field, detail)

export const invalid = (field: string, value: unknown, detail: string): StatusCause =>
  cause('FieldValueInvalid', `Invalid value: ${show(value)}`, field, detail)

export const forbidden = (field: string, detail: string): StatusCause =>
  cause('FieldValueForbidden', 'Forbidden', field, detail)

export const duplicate = (field: string, value: unknown): StatusCause =>
  cause('FieldValueDuplicate', `Duplicate value: ${show(value)}`, field)

export const notFound = (field: string, value: unknown): StatusCause =>
  cause('FieldValueNotFound', `Not found: ${show(value)}`, field)

export const notSupported = (field: string, value: unknown, supported: string[]): StatusCause =>
  cause(
    'FieldValueNotSupported',
    `Unsupported value: ${show(value)}`,
    field,
    `supported values: ${supported.map(show).join(', ')}`,
  )

const show = (value: unknown): string => JSON.stringify(value) ?? 'null'

const cause = (reason: string, what: string, field: string, detail = ''): StatusCause => ({
  reason,
  message: detail ? `${what}: ${detail}` : what,
  field,
})

/** One cause for each fault that a rule finds in a value. */
export const eachFault = (field: string, value: string, rule: (value: string) => string[]): StatusCause[] =>
  rule(value).map(detail => invalid(field, value, detail))

export const nonNegative = (field: string, value: number | undefined): StatusCause[] =>
  value !== undefined && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : []

export const oneOf = (field: string, value: string | undefined, supported: string[]): StatusCause[] =>
  value !== undefined && !supported.includes(value) ? [notSupported(field, value, supported)] : []

/** The cause, where something is wrong. */
export const when = (isWrong: unknown, cause: StatusCause): StatusCause[] => (isWrong ? [cause] : [])

/** The cause, where something is not right. */
export const unless = (isRight: unknown, cause: StatusCause): StatusCause[] => (isRight ? [] : [cause])
