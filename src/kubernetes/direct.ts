import { KubeConfig } from '@kubernetes/client-node'
import { type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici'
import { Conflict } from '../failure.ts'
import {
  type Cluster,
  FIELD_MANAGER,
  type Kind,
  type KubernetesObject,
  kindOf,
  type Read,
  type ResourceAttributes,
} from './cluster.ts'

/** Where an API server is and who vouches for it. */
export interface Endpoint {
  /** URL with its port, as AKS prints it. */
  server: string
  /** PEM certificates, base64, as in a kubeconfig. */
  certificateAuthority: string
}

/** An answer of an API server that is no success (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
export class KubernetesError extends Error {
  readonly status: number
  readonly reason: string
  readonly cluster: string
  /** Method and path. */
  readonly request: string
  constructor(status: number, reason: string, message: string, cluster: string, request: string) {
    super(message)
    this.name = 'KubernetesError'
    this.status = status
    this.reason = reason
    this.cluster = cluster
    this.request = request
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

/** Server and certificate authority of a kubeconfig's current cluster. */
export function endpointOf(kubeconfig: string): Endpoint {
  const config = new KubeConfig()
  config.loadFromString(kubeconfig)
  const cluster = config.getCurrentCluster()
  if (!cluster?.server || !cluster.caData)
    throw new Error('the kubeconfig names no server with a certificate authority')
  return { server: cluster.server, certificateAuthority: cluster.caData }
}

const PAGE = 500
const seconds = (n: number) => n * 1000

/**
 * Speaks to an API server over the network, through HTTPS_PROXY unless NO_PROXY names it, and trusts only the cluster's own CA.
 * The requests are few and plain; the generated client would add a discovery request for each API group and ignore the proxy.
 * `token` is asked before every request, so that it may be renewed.
 */
export function connectDirectly(name: string, endpoint: Endpoint, token: () => Promise<string>): Cluster {
  const dispatcher = trusting(Buffer.from(endpoint.certificateAuthority, 'base64').toString())

  async function send(method: Dispatcher.HttpMethod, path: string, body?: object, type = 'application/json') {
    const headers = { authorization: `Bearer ${await token()}`, accept: 'application/json', 'content-type': type }
    const url = new URL(path, endpoint.server)
    const answer = await request(url, { method, headers, dispatcher, body: body ? JSON.stringify(body) : null })
      .then(async ({ statusCode, body }) => ({ status: statusCode, text: await body.text() }))
      .catch(error => {
        throw new UnreachableError(name, endpoint.server, error)
      })
    if (answer.status < 300) return JSON.parse(answer.text)
    const { reason = '', message = answer.text } = statusOf(answer.text)
    const error = new KubernetesError(answer.status, reason, message, name, `${method} ${url.pathname}`)
    throw answer.status === 409 ? new Conflict(message, error) : error
  }

  async function list(path: string, query: URLSearchParams): Promise<KubernetesObject[]> {
    const page = await send('GET', `${path}?${query}`)
    // A list names its kind once; its items do not repeat it.
    const items = page.items.map((item: object) => ({
      apiVersion: page.apiVersion,
      kind: page.kind.replace(/List$/, ''),
      ...item,
    }))
    if (!page.metadata?.continue) return items
    query.set('continue', page.metadata.continue)
    return [...items, ...(await list(path, query))]
  }

  async function read({ kind, namespace, labelSelector, name }: Read): Promise<KubernetesObject[]> {
    if (name === undefined) {
      const query = new URLSearchParams({ limit: String(PAGE) })
      if (labelSelector) query.set('labelSelector', labelSelector)
      return list(pathOf(kind, namespace), query)
    }
    return send('GET', pathOf(kind, namespace, name)).then(
      object => [object],
      error => {
        if (error instanceof KubernetesError && error.status === 404) return []
        throw error
      },
    )
  }

  const review = async (kind: string, spec: object): Promise<boolean> => {
    const apiVersion = 'authorization.k8s.io/v1'
    const answer = await send('POST', `/apis/${apiVersion}/${kind.toLowerCase()}s`, { apiVersion, kind, spec })
    return answer.status.allowed === true
  }

  return {
    name,
    async read(reads) {
      const entries = Object.entries(reads).map(async ([key, what]) => [key, await read(what)] as const)
      return Object.fromEntries(await Promise.all(entries)) as { [K in keyof typeof reads]: KubernetesObject[] }
    },
    apply(object, force) {
      const path = pathOf(kindOf(object), object.metadata.namespace, object.metadata.name)
      const query = new URLSearchParams({ fieldManager: FIELD_MANAGER, force: String(force) })
      return send('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml')
    },
    async delete(reference) {
      const preconditions = reference.uid ? { preconditions: { uid: reference.uid } } : {}
      const path = pathOf(kindOf(reference), reference.namespace, reference.name)
      await send('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions })
    },
    async serviceAccountToken(namespace, account, audience, expirationSeconds) {
      const apiVersion = 'authentication.k8s.io/v1'
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
      const spec = { audiences: [audience], expirationSeconds }
      return (await send('POST', path, { apiVersion, kind: 'TokenRequest', spec })).status.token
    },
    mayI: questions =>
      Promise.all(questions.map(resourceAttributes => review('SelfSubjectAccessReview', { resourceAttributes }))),
    mayUser: (user, questions) =>
      Promise.all(
        questions.map((resourceAttributes: ResourceAttributes) =>
          // Azure's authorizer looks at `extra.oid`, Kubernetes' own at the user name: https://learn.microsoft.com/azure/aks/concepts-identity
          review('SubjectAccessReview', { resourceAttributes, user, extra: { oid: [user] } }),
        ),
      ),
  }
}

/** Every request that the action sends may be repeated: reads, reviews, tokens, applies, and deletes by uid. */
const trusting = (ca: string): Dispatcher =>
  new EnvHttpProxyAgent({
    connect: { ca, timeout: seconds(15) },
    requestTls: { ca },
    headersTimeout: seconds(60),
    bodyTimeout: seconds(60),
    keepAliveTimeout: seconds(10),
  }).compose(interceptors.retry({ maxRetries: 3, methods: ['GET', 'POST', 'PATCH', 'DELETE'], throwOnError: false }))

function pathOf({ apiVersion, plural }: Kind, namespace?: string, name?: string): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return [group, namespace && `namespaces/${namespace}`, plural, name].filter(Boolean).join('/')
}

function statusOf(text: string): { reason?: string; message?: string } {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
