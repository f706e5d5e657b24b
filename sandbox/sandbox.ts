import type { SandboxRequest, SandboxResponse } from './exchange.ts'
import type { Keyring } from './keyring.ts'
import type { AksCluster, KubernetesObject, World } from './world.ts'

/** One request as the gate saw it; times are milliseconds of the machine's clock. */
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

/** What the gate does in place of, or before, the answer to a request. */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: object | string }
  | { kind: 'reset' }
  | { kind: 'hang' }
  | { kind: 'delay'; milliseconds: number }

/** The API servers of a world's clusters: embedded, or real kube-apiservers. */
export interface ApiServers {
  answer(cluster: AksCluster, request: SandboxRequest): Promise<SandboxResponse>
  /** Every object of a cluster, as an administrator sees it. */
  objects(cluster: AksCluster): Promise<KubernetesObject[]>
  stop(): Promise<void>
}

export interface SandboxOptions {
  /** Delay before every answer, in milliseconds. */
  latency?: number
  /** Asked for each request before it is answered; what it returns happens instead. */
  fault?: (request: SandboxRequest, number: number) => Fault | undefined
  /** Called after each answered request: the place to fork the world. */
  onRequest?: (request: LoggedRequest) => void
  keyring?: Keyring
}

/** A running sandbox. */
export interface Sandbox {
  world: World
  keyring: Keyring
  requests: LoggedRequest[]
  /** What a runner and a proxy user would have set: proxy, CA files, GitHub's ID-token endpoint. Nothing of the machine's own. */
  environment: Record<string, string>
  /** Sends a request to a cluster's API server as its administrator: how tests play another's hand. */
  administer(
    cluster: string,
    method: string,
    path: string,
    body?: object,
    contentType?: string,
  ): Promise<SandboxResponse>
  /** Every object of a cluster, by `resource-group/name`. */
  objects(cluster: string): Promise<KubernetesObject[]>
  stop(): Promise<void>
}
