import type { Azure } from '../azure/azure.ts'
import type { ManagedClusterId } from '../azure/resource-id.ts'
import { explain } from '../explain.ts'
import type { Connection } from '../kubernetes/connect.ts'
import { once } from '../once.ts'
import { holds } from '../preflight.ts'
import type { Address } from '../target/address.ts'
import type { Link } from './link.ts'

/** An API server that asks who is there has been reached. */
const ANSWERED = /Unauthorized|Forbidden|must be logged in|provide credentials/
const RUN_COMMAND = 'Microsoft.ContainerService/managedClusters/runCommand/action'

/**
 * Tries the network from the hub to targets: its pods resolve and reach the server, and its certificate is of the authority that the
 * cluster Secret names. Only a pod of the hub can try that, so it takes run-command; the request carries no token. Targets that are
 * tried at one moment share a command.
 */
export function reachFrom(azure: Azure, hubCluster: ManagedClusterId, hub: Connection): (to: Address) => Promise<Link> {
  const mayRun = once(() => mayRunCommands(azure, hubCluster))
  return target => proveReach(hubCluster, hub, mayRun, target)
}

async function proveReach(
  hubCluster: ManagedClusterId,
  hub: Connection,
  mayRun: () => Promise<boolean>,
  target: Address,
): Promise<Link> {
  const link = { link: 'reach' as const, of: target.server }
  const notChecked = (why: string): Link => ({
    ...link,
    outcome: 'not checked',
    detail: `only a pod of the hub can try its network: ${why}`,
  })
  if (!hub.commands) return notChecked('the hub takes no run-command, or hub-access says direct')
  try {
    if (!hub.kubernetes.commands && !(await mayRun())) {
      return notChecked(`the caller may not ${RUN_COMMAND} on ${hubCluster.name}`)
    }
    const reply = await hub.commands.send({
      treatment: 'discard',
      arguments: ['get', '--raw', '/version', '--request-timeout=15s'],
      file: { flag: '--kubeconfig', content: JSON.stringify(kubeconfigOf(target)) },
    })
    if (reply.kind === 'too large') return notChecked('the answer was too large')
    return reply.exitCode === 0 || ANSWERED.test(reply.text)
      ? { ...link, outcome: 'proven', detail: 'a pod of the hub reached it and trusts its certificate' }
      : { ...link, outcome: 'failed', detail: reply.text.trim() }
  } catch (error) {
    return notChecked(explain(error))
  }
}

/**
 * Says of the target what the cluster Secret says, but no user: without any token kubectl asks at a terminal who is there; this one is
 * nobody's, and a 401 is answer enough.
 */
const kubeconfigOf = ({ server, certificateAuthority, tlsServerName, proxyUrl }: Address) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    {
      name: 'target',
      cluster: {
        server,
        'certificate-authority-data': certificateAuthority,
        ...(tlsServerName && { 'tls-server-name': tlsServerName }),
        ...(proxyUrl && { 'proxy-url': proxyUrl }),
      },
    },
  ],
  users: [{ name: 'nobody', user: { token: 'nobody' } }],
  contexts: [{ name: 'target', context: { cluster: 'target', user: 'nobody' } }],
  'current-context': 'target',
})

/** Asked first where nothing else needs run-command: a refused one would show in the cluster's activity log as an attempt. */
async function mayRunCommands(azure: Azure, hub: ManagedClusterId): Promise<boolean> {
  const held = await azure.permissions(hub)
  return held !== undefined && holds(held, RUN_COMMAND)
}
