/** Why a call ends with another exit code than 0, as kubectl prints it on standard error. */
export class Failure extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A Status of an API server: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status */
export interface Status {
  kind: 'Status'
  message?: string
  reason?: string
  code?: number
  details?: { name?: string; kind?: string; causes?: { field?: string; message?: string }[] }
}

/** An answer that is no success. */
export class ServerFailure extends Failure {
  readonly status: Status
  constructor(status: Status) {
    super(textOf(status))
    this.status = status
  }
}

function textOf({ reason = '', message = '', details }: Status): string {
  if (reason === 'Invalid') return invalid(message, details)
  if (reason === 'Unauthorized') return `error: You must be logged in to the server (${message})`
  return reason ? `Error from server (${reason}): ${message}` : `Error from server: ${message}`
}

function invalid(message: string, details: Status['details']): string {
  if (!details) return `The request is invalid${message && `: ${message}`}`
  const { name = '', kind = '', causes = [] } = details
  const what = kind || name ? `The ${kind} ${JSON.stringify(name)} is invalid` : 'The request is invalid'
  const faults = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))]
  if (faults.length === 0) return kind || name || !message ? what : `${what}: ${message}`
  return faults.length === 1 ? `${what}: ${faults[0]}` : [`${what}: `, ...faults.map(fault => `* ${fault}`)].join('\n')
}

/** What client-go makes of an answer without a Status, by its code and its text: k8s.io/apimachinery/pkg/api/errors, NewGenericServerResponse. */
export function statusOf(code: number, text: string): Status {
  const [reason, message] = generic[code] ?? [
    code >= 500 ? 'InternalError' : '',
    code >= 500
      ? `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`
      : `the server responded with the status code ${code} but did not return more information`,
  ]
  return { kind: 'Status', reason, message: message || text, code }
}

const generic: Record<number, [reason: string, message: string]> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', ''],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  409: ['Conflict', 'the server reported a conflict'],
  415: ['UnsupportedMediaType', ''],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
}
