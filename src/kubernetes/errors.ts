/** An answer of an API server that is no success (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
export class KubernetesError extends Error {
  readonly status: number
  readonly cluster: string
  readonly path: string
  constructor(status: number, message: string, cluster: string, path: string) {
    super(message)
    this.name = 'KubernetesError'
    this.status = status
    this.cluster = cluster
    this.path = path
  }
}

/** The API server could not be spoken to at all. */
export class UnreachableError extends Error {
  readonly cluster: string
  readonly server: string
  constructor(cluster: string, server: string, cause: unknown) {
    super(`no answer from ${server}`, { cause })
    this.name = 'UnreachableError'
    this.cluster = cluster
    this.server = server
  }
}

/** An answer does not fit through run-command: ask for less. */
export class TooLarge extends Error {}
