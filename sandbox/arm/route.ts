import type { HTTPMethod } from 'find-my-way'
import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import type { RunInPod } from '../run-command/command-pod.ts'
import type { World } from '../world.ts'

/** Who calls ARM: a service principal of the world. */
export interface Caller {
  /** Display name, for the request log. */
  name: string
  clientId: string
  objectId: string
  /** Object ids of its Entra groups. */
  groups: string[]
}

/** A request that passed authentication and authorization. */
export interface Call {
  request: SandboxRequest
  world: World
  keyring: Keyring
  runInPod: RunInPod
  caller: Caller
  /** The tidied path: for most routes the id of the resource, in the caller's case. */
  path: string
  /** Named parts of the path, in the caller's case. */
  parameters: Record<string, string>
  /** Parsed JSON; an empty object where nothing was sent. */
  body: Record<string, unknown>
}

/** One operation of ARM or of a resource provider. */
export interface Route {
  method: HTTPMethod
  /** As find-my-way takes it; `/{scope}` in front stands for any resource. */
  path: string
  apiVersions: string[]
  /** The permission that the caller needs at the path's scope; left out where a valid token is enough. */
  action?: string
  answer(call: Call): SandboxResponse | Promise<SandboxResponse>
}
