import type { KubernetesObject, KubernetesState } from '../world.ts'
import { resourceOf } from './resources.ts'

/**
 * Objects are never changed in place, a write puts a new one: so objects can be shared between clusters and answers
 * need no copies.
 */
export const keyOf = (apiVersion: string, plural: string, namespace: string, name: string): string =>
  `${apiVersion}/${plural}/${namespace}/${name}`

/** Key of an object of a served kind. */
export function keyOfObject(object: KubernetesObject): string {
  const resource = resourceOf(object)
  if (!resource) throw new Error(`the sandbox does not serve ${object.apiVersion} ${object.kind}`)
  return keyOf(object.apiVersion, resource.plural, object.metadata.namespace ?? '', object.metadata.name)
}

export function find(
  state: KubernetesState,
  apiVersion: string,
  plural: string,
  namespace: string,
  name: string,
): KubernetesObject | undefined {
  return state.objects[keyOf(apiVersion, plural, namespace, name)]
}

/** Objects of one kind in etcd's order, by namespace and name; of all namespaces where none is named. */
export function list(state: KubernetesState, apiVersion: string, plural: string, namespace = ''): KubernetesObject[] {
  const prefix = namespace ? `${apiVersion}/${plural}/${namespace}/` : `${apiVersion}/${plural}/`
  return Object.keys(state.objects)
    .filter(key => key.startsWith(prefix))
    .sort()
    .map(key => state.objects[key]!)
}

/** Stores an object under the next resource version and returns it as stored. */
export function store(state: KubernetesState, object: KubernetesObject): KubernetesObject {
  state.resourceVersion += 1
  const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(state.resourceVersion) } }
  state.objects[keyOfObject(stored)] = stored
  return stored
}

/** Takes an object out and returns it at the version of its end. */
export function remove(state: KubernetesState, object: KubernetesObject): KubernetesObject {
  state.resourceVersion += 1
  delete state.objects[keyOfObject(object)]
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(state.resourceVersion) } }
}

export const namespaceExists = (state: KubernetesState, name: string): boolean =>
  find(state, 'v1', 'namespaces', '', name) !== undefined
