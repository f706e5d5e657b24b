import findMyWay from 'find-my-way'
import type { Handler, SandboxRequest, SandboxResponse } from './exchange.ts'
import type { Keyring } from './keyring.ts'
import type { World } from './world.ts'

/** Answers the requests of one route; parameters are the `:named` parts of its path, decoded. */
export type Route = (
  request: SandboxRequest,
  parameters: Record<string, string>,
  world: World,
  keyring: Keyring,
) => SandboxResponse | Promise<SandboxResponse>

/**
 * A handler out of routes such as `'GET /:tenant/discovery/v2.0/keys'`. Like Azure's and GitHub's front ends it ignores case
 * and doubled slashes in paths. What no route knows is answered 501, which no client takes for one of the cloud's own answers.
 */
export function handlerOf(routes: Record<`${'GET' | 'POST'} /${string}`, Route>): Handler {
  const router = findMyWay({ caseSensitive: false, ignoreDuplicateSlashes: true, maxParamLength: 500 })
  for (const [line, route] of Object.entries(routes)) {
    const [method, path] = line.split(' ') as ['GET' | 'POST', string]
    router.on(method, path, () => {}, route)
  }
  return (request, world, keyring) => {
    const found = router.find(request.method as 'GET' | 'POST', request.path)
    if (!found) return notInTheSandbox(request)
    return (found.store as Route)(request, found.params as Record<string, string>, world, keyring)
  }
}

/** The loud refusal of what the sandbox does not play. */
export const notInTheSandbox = ({ method, host, path }: SandboxRequest): SandboxResponse => ({
  status: 501,
  body: `The sandbox does not know ${method} https://${host}${path}\n`,
})
