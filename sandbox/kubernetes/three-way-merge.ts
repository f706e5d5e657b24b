import type { Json } from '../exchange.ts'
import type { KubernetesObject } from '../world.ts'
import { shapeOf } from './schema.ts'
import { without } from './server-side-apply/field-set.ts'
import { fieldsOf, merge, removeFields } from './server-side-apply/typed-value.ts'

/**
 * What `kubectl apply`, Helm 3 and Argo CD make of a live object: what they say now is laid over it, and what they said before and say no more
 * is taken out; all else stays
 * (https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-patch-calculation).
 * Items of lists are found by the keys of server-side apply, which for workloads are those of strategic merge patches but for `ports`.
 */
export function threeWayMerge(
  before: KubernetesObject,
  now: KubernetesObject,
  live: KubernetesObject,
): KubernetesObject {
  const shape = shapeOf(now)
  const [said, says] = [before, now].map(object => object as unknown as Json)
  const merged = merge(shape, live as unknown as Json, says)!
  const dropped = without(fieldsOf(shape, said!), fieldsOf(shape, says!))
  return (dropped.size > 0 ? removeFields(shape, merged, dropped) : merged) as unknown as KubernetesObject
}
