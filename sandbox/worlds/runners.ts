import { cloudOf } from '../clouds.ts'
import { install } from '../kubernetes/install.ts'
import { onboardingOf } from './access.ts'
import { clusterOf, type Part, split } from './builder.ts'

/** The workflow's runner is on a VM, and signs in as that: nobody trusts GitHub. */
export const runnerOnVm: Part = world => {
  const { clientId, federatedCredentials } = onboardingOf(world)
  federatedCredentials.length = 0
  world.machine = { systemAssigned: clientId, userAssigned: [] }
}

/** The workflow's runner is a pod under a service account (`namespace/name`) of a cluster, which is trusted in place of GitHub. */
export const runnerInCluster =
  (reference: string, serviceAccount: string): Part =>
  world => {
    const cluster = clusterOf(world, reference)
    const [namespace, name] = split(serviceAccount)
    const application = onboardingOf(world)
    application.federatedCredentials = [
      {
        name: 'runners',
        issuer: cluster.issuerUrl,
        subject: `system:serviceaccount:${namespace}:${name}`,
        audiences: [cloudOf(world).exchangeAudience],
      },
    ]
    const annotations = { 'azure.workload.identity/client-id': application.clientId }
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, annotations } },
    ]
    install(cluster, world, objects, { manager: 'kubectl-create', operation: 'Update' })
  }
