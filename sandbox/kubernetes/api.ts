import type { SandboxRequest, SandboxResponse } from '../exchange.ts'
import type { Keyring } from '../keyring.ts'
import { notInTheSandbox } from '../routes.ts'
import type { AksCluster, World } from '../world.ts'

/** Answers as a cluster's API server. */
export async function answer(
  request: SandboxRequest,
  _cluster: AksCluster,
  _world: World,
  _keyring: Keyring,
): Promise<SandboxResponse> {
  return notInTheSandbox(request)
}
