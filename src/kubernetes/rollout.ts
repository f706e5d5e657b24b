import { podHasToken } from '../argocd/token-source.ts'
import { Conflict, type Explanation, Failure } from '../failure.ts'
import type { Rollout } from '../plan.ts'
import { type Cluster, type KubernetesObject, kindOf, Pod } from './cluster.ts'
import { podsOf, type RolloutState, rolloutState, unready } from './rollout-state.ts'

const POLL_INTERVAL = 5_000
/** An image pull or a crash may heal on the second try; longer than this it is a failure. */
const PATIENCE = 60_000
/** Kubernetes' own default for `progressDeadlineSeconds`. */
const DEADLINE = 600_000

/**
 * Waits until a rollout is over, and its pods have the token for which they were made anew.
 * @throws Failure that names pod, container and reason, or says that the time is up; Conflict where pods came up without their token, as
 * they do while the webhook that gives it is not yet at work
 */
export async function awaitRollout(
  cluster: Cluster,
  { apiVersion, kind, name, namespace = '', audience }: Rollout,
  onProgress: (progress: string) => void,
): Promise<void> {
  const what = `The rollout of ${kind} ${namespace}/${name} on ${cluster.name}`
  const start = Date.now()
  let failingSince: number | undefined
  for (let last = ''; ; ) {
    const { workload, pods: all } = await cluster.read({
      workload: { kind: kindOf({ apiVersion, kind }), namespace, name },
      pods: { kind: Pod, namespace },
    })
    const object = workload[0]
    if (!object) throw new Failure({ what, why: 'the workload is gone', remedy: 'Install Argo CD and run again' })
    const pods = podsOf(object, all)
    const state = rolloutState(object, pods)
    if (state.kind === 'complete') {
      if (lackingToken(pods, audience).length === 0) return
      // Read beside the workload, pods may be older than the end of its rollout.
      const { pods: now } = await cluster.read({ pods: { kind: Pod, namespace } })
      return refuseWithoutToken(what, lackingToken(podsOf(object, now), audience), audience)
    }
    if (state.kind === 'held') throw new Failure({ what: `${what} does not go on by itself`, ...goingOn(state) })
    const now = Date.now()
    const trouble = troubleOf(state)
    failingSince = trouble && (failingSince ?? now)
    if (trouble && now - failingSince! >= PATIENCE) {
      const look = `describe ${trouble.pod ? `pod ${trouble.pod}` : `${kind.toLowerCase()} ${name}`}`
      const remedy = trouble.account
        ? `Make that account (kubectl -n ${namespace} create serviceaccount ${trouble.account}), or name one for Argo CD with the input service-account`
        : `Look at it with kubectl -n ${namespace} ${look}`
      throw new Failure({ what: `${what} fails`, ...goingOn({ why: trouble.why, remedy }) })
    }
    const progress = state.kind === 'progressing' ? state.progress : trouble!.short
    if (now - start >= DEADLINE) {
      const remedy = `Look at it with kubectl -n ${namespace} rollout status ${kind.toLowerCase()}/${name}`
      const why = [progress, ...pods.flatMap(unready)].join('; ')
      throw new Failure({ what: `${what} is not over after ${DEADLINE / 60_000} minutes`, ...goingOn({ why, remedy }) })
    }
    if (progress !== last) onProgress(progress)
    last = progress
    await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL))
  }
}

/** What keeps a rollout from getting on, and may yet go away by itself. */
function troubleOf(state: RolloutState): { why: string; short: string; pod?: string; account?: string } | undefined {
  if (state.kind === 'refused') {
    const why = `no pod can be made: ${state.message}`
    const account = /serviceaccount "([^"]+)" not found/.exec(state.message)?.[1]
    return { why, short: why, ...(account ? { account } : {}) }
  }
  if (state.kind !== 'failing') return undefined
  const { pod, container, reason, message } = state
  const why = `container ${container} of pod ${pod} is in ${reason}${message && ` (${message})`}`
  return { why, short: `pod ${pod}: ${reason}`, pod }
}

/** What was written before a rollout failed. */
const goingOn = ({ why, remedy }: Omit<Explanation, 'what'>): Omit<Explanation, 'what'> => ({
  why,
  remedy: `${remedy}; the change stays in place, and a new run goes on from here`,
})

const lackingToken = (pods: KubernetesObject[], audience: string): string[] =>
  pods.filter(pod => !podHasToken(pod, audience)).map(({ metadata }) => metadata.name)

function refuseWithoutToken(what: string, lacking: string[], audience: string): void {
  if (lacking.length === 0) return
  const why = `pod ${lacking.join(', pod ')} came up without a token for ${audience}`
  const remedy =
    'See to it that the workload-identity webhook runs (kubectl -n kube-system get pods -l azure-workload-identity.io/system=true), and run again, or set token-source: projected'
  throw new Conflict(why, new Failure({ what: `${what} is over, and Argo CD cannot sign in`, why, remedy }))
}
