import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { administratorOf } from './administrator.ts'
import { waysOut } from './cluster-network.ts'
import type { SandboxRequest, SandboxResponse } from './exchange.ts'
import { openGate } from './gate.ts'
import { createRequestToken, idTokenRequestUrl } from './github/id-token.ts'
import { createKeyring, type Keyring } from './keyring.ts'
import { containers } from './kubelet/container.ts'
import { execIn } from './kubelet/exec.ts'
import { answer as answerAsApiServer } from './kubernetes/api.ts'
import { machineVariables } from './machine/identity-endpoint.ts'
import { findProgram } from './programs.ts'
import { startRealControlPlane } from './real-control-plane/real-control-plane.ts'
import { commandPods } from './run-command/command-pod.ts'
import { sitesOf } from './sites.ts'
import { throwAwayFolders } from './throw-away-folders.ts'
import type { AksCluster, KubernetesObject, World } from './world.ts'

/**
 * One request as the gate saw it, in the order of arrival; times are milliseconds of the machine's clock.
 * `status` and `end` are 0 while it is unanswered, and stay so where a fault swallowed the answer. A refused host is a CONNECT with status 403.
 */
export interface LoggedRequest {
  number: number
  host: string
  method: string
  path: string
  query: string
  body: string
  status: number
  caller: string
  write: boolean
  start: number
  end: number
}

/**
 * What the gate does in place of, or before, the answer to a request.
 * A `carriedOut` request is done, and only its answer is lost: the fault that makes repeating a write dangerous.
 */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: object | string }
  | { kind: 'reset'; carriedOut?: boolean }
  | { kind: 'hang'; carriedOut?: boolean }
  | { kind: 'delay'; milliseconds: number }

/** The API servers of a world's clusters: embedded, or real kube-apiservers. */
export interface ApiServers {
  answer(cluster: AksCluster, request: SandboxRequest): Promise<SandboxResponse>
  /** Every object of a cluster, as an administrator sees it. */
  objects(cluster: AksCluster): Promise<KubernetesObject[]>
  stop(): Promise<void>
}

/** May be changed while the sandbox runs, all but the keyring and the way in. */
export interface SandboxOptions {
  /** Delay before every answer, in milliseconds. */
  latency?: number
  /** Asked for each request before it is answered; what it returns happens instead. */
  fault?: (request: SandboxRequest, number: number) => Fault | undefined
  /** Awaited before a request is answered: whoever holds requests back decides which of them comes first. */
  turn?: () => Promise<void>
  /** Called when a request is answered, before the client hears of it: the place to fork the world. */
  onRequest?: (request: LoggedRequest) => void
  keyring?: Keyring
  /**
   * Where to be reached by name, as Azure is without a proxy, instead of through one. The names of the world's hosts have to lead there
   * (`hosts-file.ts`), and the port to be 443.
   */
  byName?: { host: string; port: number }
}

/** A running sandbox. */
export interface Sandbox {
  world: World
  keyring: Keyring
  requests: LoggedRequest[]
  /**
   * What a runner and a proxy user would have set: proxy (none where hosts are reached by name), CA files, GitHub's ID-token endpoint. Nothing
   * of the machine's own.
   */
  environment: Record<string, string>
  /** Sends a request to a cluster's API server as its administrator: how tests play another's hand. It is not in the log. */
  administer(
    cluster: string,
    method: string,
    path: string,
    body?: object,
    contentType?: string,
  ): Promise<SandboxResponse>
  /** Every object of a cluster, by its ARM id or `resource-group/name`. */
  objects(cluster: string): Promise<KubernetesObject[]>
  /** Whether nothing is on its way: no connection is being made, and every request that will be answered has been. */
  isIdle(): boolean
  stop(): Promise<void>
}

/**
 * Starts a local Azure around a world. Its clusters' API servers are embedded; where KUBEBUILDER_ASSETS names a folder with etcd and
 * kube-apiserver (the convention of https://book.kubebuilder.io/reference/envtest), they are real ones.
 */
export async function startSandbox(world: World, options: SandboxOptions = {}): Promise<Sandbox> {
  const keyring = options.keyring ?? (await createKeyring())
  const requestToken = await createRequestToken(world, keyring)
  const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-sandbox-'))
  const rootFile = join(folder, 'root.pem')
  await writeFile(rootFile, keyring.rootCertificate)
  const { KUBEBUILDER_ASSETS: assets } = process.env
  const apiServers = assets ? await startRealControlPlane(world, keyring, assets) : embedded(world, keyring)
  const administer = administratorOf(apiServers, keyring)
  const openWayOut = waysOut((host, from) => siteOf(host, from), rootFile)
  const folders = throwAwayFolders(folder)
  const commands = commandPods(folders, kubectlIn(assets), keyring, openWayOut)
  const runInContainer = containers(folders, argocdK8sAuth(), administer, keyring, openWayOut)
  const exec = execIn(apiServers, administer, runInContainer)
  const siteOf = sitesOf(world, keyring, apiServers, commands.run, exec)
  const gate = await openGate(host => siteOf(host), options)

  return {
    world,
    keyring,
    requests: gate.requests,
    environment: {
      ...gate.environment,
      ...(world.machine && gate.machine && !options.byName && machineVariables(world.machine, gate.machine)),
      NODE_EXTRA_CA_CERTS: rootFile,
      SSL_CERT_FILE: rootFile,
      REQUESTS_CA_BUNDLE: rootFile,
      CURL_CA_BUNDLE: rootFile,
      ACTIONS_ID_TOKEN_REQUEST_URL: idTokenRequestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    administer: (name, ...request) => administer(clusterNamed(name, world), ...request),
    objects: async name => apiServers.objects(clusterNamed(name, world)),
    isIdle: gate.isIdle,
    stop: async () => {
      await gate.close()
      commands.stop()
      await folders.emptied()
      await apiServers.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const embedded = (world: World, keyring: Keyring): ApiServers => ({
  answer: async (cluster, request) => answerAsApiServer(request, cluster, world, keyring),
  objects: async cluster => Object.values(cluster.kubernetes.objects),
  stop: async () => {},
})

/** The real kubectl where there is one, else the sandbox's own. */
const kubectlIn = (assets: string | undefined): string =>
  assets ? join(assets, 'kubectl') : join(import.meta.dirname, 'run-command/kubectl/kubectl.ts')

/** Argo CD's real exec plugin where PATH has it, else the sandbox's own. */
const argocdK8sAuth = (): string =>
  findProgram('argocd-k8s-auth') ?? join(import.meta.dirname, 'kubelet/argocd-k8s-auth.ts')

/** A cluster by its ARM id or by `resource-group/name`. */
function clusterNamed(name: string, world: World): AksCluster {
  const [resourceGroup, cluster] = name.toLowerCase().split('/')
  const end = `/resourcegroups/${resourceGroup}/providers/microsoft.containerservice/managedclusters/${cluster}`
  const id = Object.keys(world.clusters).find(id => id === name.toLowerCase() || id.endsWith(end))
  if (!id) throw new Error(`No cluster ${name} in the world ${world.name}`)
  return world.clusters[id]!
}
