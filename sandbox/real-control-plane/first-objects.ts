import { resourceOf } from '../kubernetes/resources.ts'
import type { KubernetesObject } from '../world.ts'
import { type Administrator, collection, pathOf } from './administrator.ts'

/** Writes the objects of a world into an API server, all side by side, as if they had been written there by those who own their fields. */
export async function writeFirstObjects(objects: KubernetesObject[], administrator: Administrator): Promise<void> {
  const wanted = objects.filter(object => !isMadeByServer(object))
  const [namespaces, others] = [wanted.filter(isNamespace), wanted.filter(object => !isNamespace(object))]
  await Promise.all(namespaces.map(object => write(object, administrator)))
  await Promise.all(others.map(object => write(object, administrator)))
}

const isNamespace = ({ kind }: KubernetesObject): boolean => kind === 'Namespace'

/** The roles and bindings that every API server makes: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings */
const isMadeByServer = ({ metadata }: KubernetesObject): boolean =>
  metadata.labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults'

/** The owners come last: until then every write makes its writer an owner. */
async function write(object: KubernetesObject, administrator: Administrator): Promise<void> {
  const made = await create(object, administrator)
  const reported = (await writeStatus(object, made, administrator)) ?? made
  const { labels, annotations, managedFields = [{}] } = object.metadata
  const metadata = { ...reported.metadata, labels, annotations, managedFields }
  await administrator.demand('PUT', pathOf(object), { ...reported, metadata })
}

/** The new object, or the one that is there already: the server makes some namespaces itself. */
async function create(object: KubernetesObject, administrator: Administrator): Promise<KubernetesObject> {
  const { uid: _, resourceVersion: __, creationTimestamp: ___, managedFields: ____, ...metadata } = object.metadata
  const target = collection(resourceOf(object)!, object.metadata.namespace)
  const answer = await administrator.ask('POST', target, { ...object, metadata })
  if (answer.status === 409) return administrator.demand('GET', pathOf(object))
  if (answer.status === 201) return answer.body as KubernetesObject
  throw new Error(
    `${object.kind} ${object.metadata.name} was answered ${answer.status}: ${JSON.stringify(answer.body)}`,
  )
}

/** An object starts anew at generation 1 in the API server; a status that was up to date has to be so there too. */
async function writeStatus(
  { metadata, status }: KubernetesObject,
  made: KubernetesObject,
  administrator: Administrator,
): Promise<KubernetesObject | undefined> {
  const { observedGeneration, ...rest } = (status ?? {}) as { observedGeneration?: number }
  const hasStatus = resourceOf(made)!.subresources?.status && Object.keys(rest).length > 0
  if (!hasStatus) return undefined
  const observed = observedGeneration === metadata.generation ? made.metadata.generation : 0
  const told = observedGeneration === undefined ? rest : { ...rest, observedGeneration: observed }
  return administrator.demand('PUT', `${pathOf(made)}/status`, { ...made, status: told })
}
