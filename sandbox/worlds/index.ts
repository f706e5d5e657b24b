import { createHash } from 'node:crypto'
import { uuid, type World } from '../world.ts'
import {
  isClusterAdmin,
  isClusterAdminByAzure,
  mayAssignRoles,
  mayOnboardTarget,
  mayPrepareHub,
  mayRunCommands,
  onboardingApplication,
  onboardingOf,
} from './access.ts'
import { argoCdOn } from './argo-cd.ts'
import { clusterOf, federatedCredential, identity, identityOf, inCloud, type Part, worldOf } from './builder.ts'
import { azureLogin, orphaned, registered, serverOf } from './cluster-secrets.ts'
import {
  type ApiServer,
  cluster,
  isAlsoKnownAs,
  isClosedToPods,
  isClosedToRunner,
  newIssuerUrl,
  presentsForeignCertificate,
  rolloutsEnd,
  runCommandsEnd,
  takesNoRunCommand,
} from './clusters.ts'
import { runnerInCluster, runnerOnVm } from './runners.ts'

const hub = 'argocd-rg/argocd-aks'
const otherHub = 'ops-rg/ops-argocd-aks'
const target = 'dev-rg/devworkloadaks1'
const workloadIdentity = 'argocd-rg/argocd-workload-identity'

const argoCd = argoCdOn(hub, { version: 'v3.5.1', layout: 'upstream' })
const armRights: Part[] = [mayPrepareHub(hub), mayOnboardTarget(target)]
const clusterRights: Part[] = [isClusterAdmin(hub), isClusterAdmin(target)]

const firstLight: Part[] = [
  onboardingApplication,
  cluster(hub),
  argoCd,
  cluster(target),
  ...armRights,
  ...clusterRights,
]

const azureRbac: Part[] = [
  onboardingApplication,
  cluster(hub),
  argoCd,
  cluster(target, { azureRbac: true }),
  ...armRights,
  isClusterAdmin(hub),
  isClusterAdminByAzure(target),
  mayAssignRoles(target),
]

/** The cluster is reached by run-command alone, and the workflow may do that. */
const byRunCommand = (reference: string): Part[] => [isClosedToRunner(reference), mayRunCommands(reference)]

/** Worlds to start from, each one made anew when it is asked for. */
export const worlds: Record<string, () => World> = {
  /** A hub with Argo CD as its project ships it, a private target, and nothing done yet. */
  'first-light': () => worldOf('first-light', ...firstLight),

  /** The same in Azure Government, and in the Azure that 21Vianet operates in China. */
  'us-government': () => worldOf('us-government', inCloud('us-government'), ...firstLight),
  china: () => worldOf('china', inCloud('china'), ...firstLight),

  /** The runner of the first one is on a VM that has a managed identity of its own. */
  'runner-on-vm': () => worldOf('runner-on-vm', ...firstLight, runnerOnVm),

  /** The runner of the first one is a pod on a third cluster. */
  'runner-in-kubernetes': () =>
    worldOf(
      'runner-in-kubernetes',
      ...firstLight,
      cluster('ops-rg/runners-aks', { issuer: true }),
      runnerInCluster('ops-rg/runners-aks', 'arc-runners/runner'),
    ),

  /** The first one with Argo CD from the Helm chart, under another release name. */
  helm: () =>
    worldOf(
      'helm',
      onboardingApplication,
      cluster(hub),
      argoCdOn(hub, { version: 'v3.4.4', layout: 'helm', release: 'prod' }),
      cluster(target),
      ...armRights,
      ...clusterRights,
    ),

  /** Another hub whose Argo CD has the same service accounts already is the identity. */
  'second-hub': () =>
    worldOf(
      'second-hub',
      ...firstLight,
      cluster(otherHub, { issuer: true }),
      argoCdOn(otherHub, { version: 'v3.5.1', layout: 'upstream' }),
      identity(workloadIdentity),
      credentialsFor(otherHub, world => clusterOf(world, otherHub).issuerUrl),
    ),

  /** The hub was made anew under its old name: the credentials made for it name the issuer that went with the old one. */
  'issuer-changed': () =>
    worldOf(
      'issuer-changed',
      onboardingApplication,
      cluster(hub, { issuer: true }),
      argoCd,
      cluster(target),
      ...armRights,
      ...clusterRights,
      identity(workloadIdentity),
      credentialsFor(hub, newIssuerUrl),
    ),

  /** The hub has no Entra: its user kubeconfig is an administrator's certificate. */
  'no-entra': () =>
    worldOf(
      'no-entra',
      onboardingApplication,
      cluster(hub, { entra: false }),
      argoCd,
      cluster(target),
      ...armRights,
      isClusterAdmin(target),
    ),

  'no-arm-rights': () =>
    worldOf('no-arm-rights', onboardingApplication, cluster(hub), argoCd, cluster(target), ...clusterRights),

  'no-cluster-rights': () =>
    worldOf('no-cluster-rights', onboardingApplication, cluster(hub), argoCd, cluster(target), ...armRights),

  /** What answers at the target's name is not what ARM vouches for. */
  'wrong-ca': () => worldOf('wrong-ca', ...firstLight, presentsForeignCertificate(target)),

  'rollout-fails': () => worldOf('rollout-fails', ...firstLight, rolloutsEnd(hub, 'image pull fails')),

  'rollout-hangs': () => worldOf('rollout-hangs', ...firstLight, rolloutsEnd(hub, 'hangs')),

  /** Entra does not see a new federated credential for the next three token requests. */
  'slow-propagation': () =>
    worldOf('slow-propagation', ...firstLight, world => {
      world.delays.federatedCredential = 3
    }),

  /** On the target Azure RBAC decides, too. */
  'azure-rbac': () => worldOf('azure-rbac', ...azureRbac),

  /** On the hub Azure RBAC decides, too; the workflow is an administrator there by a role assignment. */
  'azure-rbac-hub': () =>
    worldOf(
      'azure-rbac-hub',
      onboardingApplication,
      cluster(hub, { azureRbac: true }),
      argoCd,
      cluster(target),
      ...armRights,
      isClusterAdminByAzure(hub),
      isClusterAdmin(target),
    ),

  /** Azure notices new role assignments and identities only after some more requests. */
  'slow-roles': () =>
    worldOf('slow-roles', ...azureRbac, world => {
      Object.assign(world.delays, { identity: 2, roleAssignment: 3 })
    }),

  /** Azure lets nobody ask more often than it says in its documentation. */
  throttled: () =>
    worldOf('throttled', ...firstLight, world => {
      world.throttling = true
    }),

  /** Neither cluster answers the runner. */
  'run-command-only': () => worldOf('run-command-only', ...firstLight, ...byRunCommand(hub), ...byRunCommand(target)),

  /** The hub does not answer the runner. */
  'hub-by-run-command': () => worldOf('hub-by-run-command', ...firstLight, ...byRunCommand(hub)),

  /** The target does not answer the runner. */
  'target-by-run-command': () => worldOf('target-by-run-command', ...firstLight, ...byRunCommand(target)),

  /** The hub has no Entra and is reached by run-command alone, where the workflow is its administrator then. */
  'no-entra-by-run-command': () =>
    worldOf(
      'no-entra-by-run-command',
      onboardingApplication,
      cluster(hub, { entra: false }),
      argoCd,
      cluster(target),
      ...armRights,
      isClusterAdmin(target),
      ...byRunCommand(hub),
    ),

  /** The hub does not answer the runner, and takes no run-command. */
  'run-command-disabled': () =>
    worldOf('run-command-disabled', ...firstLight, ...byRunCommand(hub), takesNoRunCommand(hub)),

  /** The target does not answer the runner, and the workflow may not run commands there. */
  'run-command-forbidden': () => worldOf('run-command-forbidden', ...firstLight, isClosedToRunner(target)),

  /** The hub does not answer the runner, and has no room for one more pod. */
  'run-command-fails': () =>
    worldOf('run-command-fails', ...firstLight, ...byRunCommand(hub), runCommandsEnd(hub, 'pod does not start')),

  /** Targets whose API servers stand in all the places that there are, each named for its own. */
  'api-servers': () =>
    worldOf(
      'api-servers',
      onboardingApplication,
      cluster(hub),
      argoCd,
      mayPrepareHub(hub),
      isClusterAdmin(hub),
      mayRunCommands(hub),
      ...Object.entries(apiServers).flatMap(([name, apiServer]) => [
        cluster(`dev-rg/${name}`, { apiServer, localAccounts: apiServer === 'public' }),
        mayOnboardTarget(`dev-rg/${name}`),
        isClusterAdmin(`dev-rg/${name}`),
      ]),
    ),

  /** A name in a peered network leads to the target, whose certificate does not hold it; Argo CD's pods know no other. */
  peered: () =>
    worldOf(
      'peered',
      ...firstLight,
      mayRunCommands(hub),
      isAlsoKnownAs(target, 'dev.peered.contoso.example'),
      isClosedToPods(target, hub, 'no such host'),
    ),

  /** The target trusts another tenant than the one that the hub and its identity live in. */
  'other-tenant': () =>
    worldOf('other-tenant', ...firstLight, world => {
      clusterOf(world, target).arm.properties.aadProfile!.tenantID = uuid(world)
    }),

  /** Argo CD's pods do not find the target, whose private name is not known in their network. */
  'hub-cannot-reach-target': () =>
    worldOf('hub-cannot-reach-target', ...firstLight, isClosedToPods(target, hub, 'no such host')),

  /** Two Secrets for the target's server, one with a slash at the end: Argo CD takes one of them at random. */
  'duplicate-server': () =>
    worldOf(
      'duplicate-server',
      ...firstLight,
      registered(hub, world => ({ ...targetSecret(world), secretName: 'dev-a', name: 'dev-a' })),
      registered(hub, world => ({
        ...targetSecret(world),
        secretName: 'dev-b',
        name: 'dev-b',
        server: `${targetSecret(world).server}/`,
      })),
    ),

  /** Another cluster is registered under the target's name. */
  'duplicate-name': () =>
    worldOf(
      'duplicate-name',
      ...firstLight,
      registered(hub, world => ({
        ...targetSecret(world),
        secretName: 'dev-other',
        server: 'https://dev-other.privatelink.westeurope.azmk8s.io:443',
      })),
    ),

  /** Somebody ran `argocd cluster rm` on a Secret of ours. */
  'orphaned-secret': () =>
    worldOf(
      'orphaned-secret',
      ...firstLight,
      identity(workloadIdentity),
      orphaned(hub, world => ({
        ...targetSecret(world),
        config: loginAs(identityOf(world, workloadIdentity), world),
        labels: { 'app.kubernetes.io/managed-by': 'argo-aks-onboard' },
        annotations: {
          'argo-aks-onboard/hub': clusterOf(world, hub).arm.id,
          'argo-aks-onboard/target': clusterOf(world, target).arm.id,
        },
      })),
    ),
}

const apiServers: Record<string, ApiServer> = {
  private: 'private',
  'no-public-fqdn': 'private, without public FQDN',
  'own-zone': 'private, in a DNS zone of its own',
  integrated: 'private, integrated into its network',
  public: 'public',
  'public-integrated': 'public, integrated into its network',
}

const targetSecret = (world: World) => ({
  secretName: 'devworkloadaks1-secret',
  name: 'devworkloadaks1',
  server: serverOf(clusterOf(world, target)),
  config: loginAs(onboardingOf(world), world),
})

const loginAs = ({ clientId }: { clientId: string }, { tenantId }: World) => ({
  ...azureLogin(clientId, tenantId),
  tlsClientConfig: { insecure: true },
})

/** Credentials of the identity for both of a hub's Argo CD workloads, named as this action names them. */
const credentialsFor =
  (hub: string, issuerOf: (world: World) => string): Part =>
  world => {
    const issuer = issuerOf(world)
    for (const account of ['argocd-server', 'argocd-application-controller']) {
      const marked = [clusterOf(world, hub).arm.id.toLowerCase(), 'argocd', account].join('\n')
      const mark = createHash('sha256').update(marked).digest('hex').slice(0, 10)
      federatedCredential(workloadIdentity, `${account}-${mark}`, `argocd/${account}`, issuer)(world)
    }
  }
