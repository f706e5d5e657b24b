import type { SandboxResponse } from '../exchange.ts'
import { groupOf, qualified } from './resources.ts'

/** One field at fault, as `details.causes` lists it. */
export interface StatusCause {
  reason: string
  message: string
  field: string
}

/** The API's answer when it does not do what was asked: metav1.Status. */
export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: object
  status: 'Success' | 'Failure'
  message?: string
  reason?: string
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[] }
  code?: number
}

/** What a message needs of a resource. */
export interface Named {
  apiVersion: string
  plural: string
  kind: string
}

/** Thrown where a request ends early; `status` is the answer. */
export class Refusal extends Error {
  readonly status: Status

  constructor(code: number, reason: string, message: string, details?: Status['details']) {
    super(message)
    const failure = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message } as const
    this.status = { ...failure, ...(reason && { reason }), ...(details && { details }), code }
  }
}

/** The answer that a refusal stands for. */
export const answerRefusal = ({ status }: Refusal): SandboxResponse => ({ status: status.code ?? 500, body: status })

/** What an answered deletion says. */
export const success = (details: Status['details']): Status => ({
  ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' },
  ...(details && { details }),
})

export const notFound = (resource: Named, name: string): Refusal =>
  new Refusal(404, 'NotFound', `${qualified(resource.apiVersion, resource.plural)} "${name}" not found`, {
    ...detailsOf(resource, name),
  })

export const alreadyExists = (resource: Named, name: string): Refusal =>
  new Refusal(409, 'AlreadyExists', `${qualified(resource.apiVersion, resource.plural)} "${name}" already exists`, {
    ...detailsOf(resource, name),
  })

export const conflict = (resource: Named, name: string, why: string): Refusal => {
  const message = `Operation cannot be fulfilled on ${qualified(resource.apiVersion, resource.plural)} "${name}": ${why}`
  return new Refusal(409, 'Conflict', message, detailsOf(resource, name))
}

export const forbidden = (resource: Pick<Named, 'apiVersion' | 'plural'>, name: string, why: string): Refusal => {
  const subject = qualified(resource.apiVersion, resource.plural)
  const named = name ? `${subject} "${name}" is forbidden: ` : `${subject} is forbidden: `
  return new Refusal(403, 'Forbidden', `${subject ? named : 'forbidden: '}${why}`, detailsOf(resource, name))
}

export const invalid = (resource: Named, name: string, causes: StatusCause[]): Refusal => {
  const faults = [...new Set(causes.map(cause => `${cause.field}: ${cause.message}`))]
  const summary = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`
  const message = `${qualified(resource.apiVersion, resource.kind)} "${name}" is invalid: ${summary}`
  const { kind: _, ...named } = detailsOf(resource, name)
  const details = { ...named, ...(resource.kind && { kind: resource.kind }), causes }
  return new Refusal(422, 'Invalid', message, details)
}

export const badRequest = (message: string): Refusal => new Refusal(400, 'BadRequest', message)

export const unauthorized = (): Refusal => new Refusal(401, 'Unauthorized', 'Unauthorized')

export const unsupportedMediaType = (): Refusal =>
  new Refusal(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})

/** The path belongs to a served API group, but to no resource of it. */
export const noSuchResource = (): Refusal =>
  new Refusal(404, 'NotFound', 'the server could not find the requested resource', {})

export const methodNotAllowed = (): Refusal =>
  new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

export const internalError = (why: string): Refusal =>
  new Refusal(500, 'InternalError', `Internal error occurred: ${why}`, {
    causes: [{ reason: '', message: why, field: '' }],
  })

/** Said loudly where a real server would do something that the sandbox does not. */
export const notImplemented = (what: string): Refusal =>
  new Refusal(501, 'NotImplemented', `the sandbox does not ${what}`)

const detailsOf = ({ apiVersion, plural }: Pick<Named, 'apiVersion' | 'plural'>, name: string) => ({
  ...(name && { name }),
  ...(groupOf(apiVersion) && { group: groupOf(apiVersion) }),
  ...(plural && { kind: plural }),
})
