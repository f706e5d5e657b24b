/** An answer of an API server that is no success (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
export class KubernetesError extends Error {
  readonly status: number
  readonly cluster: string
  /** Method and path, or the kubectl call. */
  readonly request: string
  constructor(status: number, message: string, cluster: string, request: string) {
    super(message)
    this.name = 'KubernetesError'
    this.status = status
    this.cluster = cluster
    this.request = request
  }
}

/** The API server could not be spoken to at all. */
export class UnreachableError extends Error {
  readonly cluster: string
  readonly server: string
  /** What Node or undici call the innermost failure: ENOTFOUND, UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
  readonly code: string
  /** Why it could not be entered by run-command either, where that was tried. */
  otherwise?: unknown
  constructor(cluster: string, server: string, cause: unknown) {
    const { code = '', message = '' } = innermost(cause)
    super(message, { cause })
    this.name = 'UnreachableError'
    this.cluster = cluster
    this.server = server
    this.code = code
  }
  /** Somebody answered, with a certificate that is not of the cluster's authority. */
  get isUntrusted(): boolean {
    return /CERT|SIGNATURE|ALTNAME/.test(this.code)
  }
}

/** undici and Node wrap the error that counts. */
function innermost(error: unknown): { code?: string; message?: string } {
  const { cause } = error as { cause?: unknown }
  return cause ? innermost(cause) : (error as { code?: string; message?: string })
}

/** An answer does not fit through run-command: ask for less. */
export class TooLarge extends Error {}
