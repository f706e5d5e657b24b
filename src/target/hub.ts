import { isClusterSecret } from '../argocd/cluster-secret.ts'
import type { Deployments, Resettling } from '../argocd/deployments.ts'
import { installerOf, nameOf } from '../argocd/installers/installer.ts'
import { lifetimeOf } from '../argocd/installers/lifetime.ts'
import { type Registrant, registrations, type SecretsAbout } from '../argocd/registrations.ts'
import { audienceOf, podHasToken } from '../argocd/token-source.ts'
import { componentOf, findWorkloads } from '../argocd/workloads.ts'
import { Failure } from '../failure.ts'
import type { TargetInputs } from '../inputs.ts'
import { type Cluster, Deployment, type KubernetesObject, Pod, Secret, StatefulSet } from '../kubernetes/cluster.ts'
import type { Connection } from '../kubernetes/connect.ts'
import { isAlive } from '../kubernetes/rollout-state.ts'
import { isAbout } from '../resources/cluster-secret-match.ts'
import { rightsToApply } from '../resources/kubernetes-object.ts'
import { deploymentsOn } from './deployments.ts'

/** What the targets of a job see of the hub; it is the same for all of them, and read once. */
export interface HubView {
  hub: Connection
  /** Argo CD's pods that connect to clusters. */
  pods: KubernetesObject[]
  /** The Secrets that have to do with one of the targets. */
  secretsAbout(target: Registrant): SecretsAbout
  /** Who may feel that a cluster comes to be known otherwise; read when first asked for. */
  deploymentsTo(change: Resettling): Promise<Deployments>
}

/** By what a target is looked for, and which annotations of its Secret are looked at. */
export interface Sought extends Registrant {
  annotations: string[]
}

/** The part of the inputs that is about the hub. */
export type HubOfTargets = Pick<TargetInputs, 'hubCluster' | 'argocdNamespace' | 'cloud'>

/** Reads the hub for some targets. */
export async function observeHub(inputs: HubOfTargets, hub: Connection, targets: Sought[]): Promise<HubView> {
  const { argocdNamespace: namespace, cloud } = inputs
  const [{ pods: allPods }, secrets] = await Promise.all([
    hub.kubernetes.read({ pods: { kind: Pod, namespace } }, { questions: rightsToApply(Secret, namespace) }),
    hub.kubernetes.clusterSecrets(namespace, {
      of: targets.flatMap(({ server, otherServers, id }) => [server, ...otherServers, id]),
      namesBeside: known => unregistered(targets, known).map(({ secretName }) => secretName),
      annotations: [...new Set(targets.flatMap(({ annotations }) => annotations))],
    }),
  ])
  const pods = allPods.filter(isAlive).filter(pod => pod.spec.containers.some(componentOf))
  const withoutToken = pods.filter(pod => !podHasToken(pod, audienceOf(pod, cloud)))
  if (pods.length === 0 || withoutToken.length > 0) throw await hubNotPrepared(inputs, hub, withoutToken)
  const deploymentsTo = deploymentsOn(hub.kubernetes, namespace)
  return { hub, pods, secretsAbout: registrations(secrets), deploymentsTo }
}

/** Those for whom no cluster Secret is found, neither by id nor by server. */
function unregistered(targets: Registrant[], secrets: KubernetesObject[]): Registrant[] {
  const secretsAbout = registrations(secrets.filter(isClusterSecret))
  return targets.filter(target => {
    const { registered } = secretsAbout(target)
    return !registered.some(isAbout(target.id, target))
  })
}

async function hubNotPrepared(
  { hubCluster, argocdNamespace }: HubOfTargets,
  { kubernetes }: Connection,
  pods: KubernetesObject[],
): Promise<Failure> {
  const why =
    pods.length > 0
      ? `pod ${pods.map(({ metadata }) => metadata.name).join(', pod ')} has no service account token for Entra`
      : `no pod in namespace ${argocdNamespace} runs argocd-server or argocd-application-controller`
  return new Failure({
    what: `Argo CD on ${hubCluster.name} cannot sign in to other clusters`,
    why,
    remedy: `Run the action with mode: hub for ${hubCluster.name}; if it ran before, ${await whoTakesBack(kubernetes, argocdNamespace)} has taken its change back`,
  })
}

/** The installer, where it is known to take back what is added to its pods. Who onboards targets may not be allowed to look at workloads. */
async function whoTakesBack(hub: Cluster, namespace: string): Promise<string> {
  const workloads = await hub
    .read({ deployments: { kind: Deployment, namespace }, statefulSets: { kind: StatefulSet, namespace } })
    .then(({ deployments, statefulSets }) => findWorkloads([...deployments, ...statefulSets]))
    .catch(() => [])
  const installers = workloads.map(({ object }) => installerOf(object))
  const takesBack = installers.find(installer => lifetimeOf(installer, 'fields') !== 'lasts')
  return takesBack ? nameOf(takesBack) : 'whoever installs Argo CD'
}
