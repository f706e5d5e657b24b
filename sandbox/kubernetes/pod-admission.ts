/** What stands between a controller that makes a pod and the pod: the API server's admission, as far as it matters here. */
import type { Json } from '../exchange.ts'
import type { AksCluster, KubernetesObject, World } from '../world.ts'
import { decode } from './decode.ts'
import { applyDefaults } from './defaults.ts'
import { findResource } from './resources.ts'
import { strategyOf } from './strategy.ts'
import { validate } from './validation/validate.ts'
import { withWorkloadIdentity } from './workload-identity-webhook.ts'

/** The account that a pod runs under. */
export const accountOf = (pod: KubernetesObject): string =>
  (pod.spec as { serviceAccountName?: string }).serviceAccountName || 'default'

/** A pod that is let in, with what webhooks made of it, or the words in which it is refused. */
export type Admission = { pod: KubernetesObject; refusal?: undefined } | { pod?: undefined; refusal: string }

/** Every namespace has an account `default`, which another controller makes. */
export function admit(
  pod: KubernetesObject,
  account: KubernetesObject | undefined,
  cluster: AksCluster,
  world: World,
): Admission {
  const { namespace = '', name, generateName = name } = pod.metadata
  const wanted = accountOf(pod)
  if (!account && wanted !== 'default') {
    const why = `error looking up service account ${namespace}/${wanted}: serviceaccount "${wanted}" not found`
    return { refusal: `pods "${generateName}" is forbidden: ${why}` }
  }
  const changed = withWorkloadIdentity(pod, account, cluster, world)
  const resource = findResource('v1', 'pods')!
  const complete = strategyOf(resource).prepareForCreate(
    applyDefaults(decode(resource, changed as unknown as Json).object),
  )
  const [cause] = validate(resource, complete, undefined, '')
  return cause ? { refusal: `Pod "${name}" is invalid: ${cause.field}: ${cause.message}` } : { pod: changed }
}
