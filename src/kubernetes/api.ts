import {
  type Cluster,
  type Kind,
  type KubernetesObject,
  kindOf,
  type Read,
  type ResourceAttributes,
} from './cluster.ts'
import { KubernetesError, TooLarge } from './errors.ts'

/** How requests come to an API server. Answers are parsed; what is no success is thrown as KubernetesError. */
export interface Transport {
  // biome-ignore-start lint/suspicious/noExplicitAny: an API server's answers differ by path
  get(path: string): Promise<any>
  create(path: string, body: object): Promise<any>
  delete(path: string, body: object): Promise<void>
  apply(path: string, object: KubernetesObject, live: KubernetesObject | undefined, force: boolean): Promise<void>
  // biome-ignore-end lint/suspicious/noExplicitAny: an API server's answers differ by path
}

const PAGE = 500

/** What every way to a cluster has in common: the requests and their paths. */
export function clusterOver(
  transport: Transport,
): Pick<Cluster, 'read' | 'apply' | 'delete' | 'mayI' | 'mayUser' | 'argoCdObjects'> {
  async function list(
    path: string,
    labels: Record<string, string> | undefined,
    limit = PAGE,
    from = '',
  ): Promise<KubernetesObject[]> {
    const query = new URLSearchParams({ limit: String(limit) })
    if (labels) query.set('labelSelector', selectorOf(labels))
    if (from) query.set('continue', from)
    const page = await transport.get(`${path}?${query}`).catch(error => {
      if (error instanceof TooLarge && limit > 1) return undefined
      throw error
    })
    if (!page) return list(path, labels, Math.ceil(limit / 4), from)
    // A list names its kind once; its items do not repeat it.
    const kind = page.kind.replace(/List$/, '')
    const items: KubernetesObject[] = page.items.map((item: object) => ({ apiVersion: page.apiVersion, kind, ...item }))
    const next: string | undefined = page.metadata?.continue
    return next ? [...items, ...(await list(path, labels, limit, next))] : items
  }

  async function read({ kind, namespace, labels, name }: Read): Promise<KubernetesObject[]> {
    const found =
      name === undefined
        ? list(pathOf(kind, namespace), labels)
        : transport.get(pathOf(kind, namespace, name)).then(object => [object])
    // A kind that nobody installed has no objects.
    return found.catch(onStatus(404, () => []))
  }

  async function review(kind: string, spec: object): Promise<boolean> {
    const apiVersion = 'authorization.k8s.io/v1'
    const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`
    const answer = await transport.create(path, { apiVersion, kind, spec })
    return answer.status.allowed === true
  }

  return {
    async read(reads) {
      const entries = Object.entries(reads).map(async ([key, what]) => [key, await read(what)] as const)
      return Object.fromEntries(await Promise.all(entries)) as { [K in keyof typeof reads]: KubernetesObject[] }
    },
    argoCdObjects: (kind, namespace) => read({ kind }).catch(onStatus(403, () => read({ kind, namespace }))),
    apply(object, live, force) {
      const { name, namespace } = object.metadata
      return transport.apply(pathOf(kindOf(object), namespace, name), object, live, force)
    },
    async delete(reference) {
      const preconditions = reference.uid ? { preconditions: { uid: reference.uid } } : {}
      const path = pathOf(kindOf(reference), reference.namespace, reference.name)
      await transport.delete(path, { apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions })
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

/** Answers one status of a failure otherwise. */
export const onStatus =
  <T>(status: number, otherwise: () => T) =>
  (error: unknown): T => {
    if (error instanceof KubernetesError && error.status === status) return otherwise()
    throw error
  }

function pathOf({ apiVersion, plural }: Kind, namespace?: string, name?: string): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return [group, namespace && `namespaces/${namespace}`, plural, name].filter(Boolean).join('/')
}

/** `app=web,tier=front`. */
export const selectorOf = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join()

/** Each object once, by its name. */
export const distinct = (objects: KubernetesObject[]): KubernetesObject[] => [
  ...new Map(objects.map(object => [object.metadata.name, object])).values(),
]
