import { explain } from '../explain.ts'
import type { Commands } from '../kubernetes/commands.ts'
import type { Endpoint } from '../kubernetes/direct.ts'
import type { Link } from './link.ts'

/** An API server that asks who is there has been reached. */
const ANSWERED = /Unauthorized|Forbidden|must be logged in|provide credentials/

/**
 * Tries the network from the hub to a target: its pods resolve and reach the server, and its certificate is of the authority that the
 * cluster Secret names. Only run-command can try that; the request carries no token.
 */
export async function proveReach(hub: Commands | undefined, target: Endpoint): Promise<Link> {
  const link = { link: 'reach' as const, of: target.server }
  if (!hub) {
    const detail = 'only a pod of the hub can try its network, and the hub takes no run-command or hub-access is direct'
    return { ...link, outcome: 'not checked', detail }
  }
  try {
    const reply = await hub.send({
      treatment: 'discard',
      // Without any token kubectl asks at a terminal who is there; this one is nobody's, and a 401 is answer enough.
      arguments: ['get', '--raw', '/version', '--token=nobody', '--request-timeout=15s', '--server', target.server],
      file: {
        flag: '--certificate-authority',
        content: Buffer.from(target.certificateAuthority, 'base64').toString(),
      },
    })
    if (reply.kind === 'too large') return { ...link, outcome: 'not checked', detail: 'the answer was too large' }
    return reply.exitCode === 0 || ANSWERED.test(reply.text)
      ? { ...link, outcome: 'proven', detail: 'a pod of the hub reached it and trusts its certificate' }
      : { ...link, outcome: 'failed', detail: reply.text.trim() }
  } catch (error) {
    return { ...link, outcome: 'not checked', detail: explain(error) }
  }
}
