import { hostsOf, publicHosts } from './sites.ts'
import type { World } from './world.ts'

/** Nobody listens here: Linux answers on all of 127.0.0.0/8, the sandbox on one address of it. */
const deserted = '127.0.0.2'

/**
 * The hosts file (https://man7.org/linux/man-pages/man5/hosts.5.html) of a runner without a proxy, by which the names of a world's hosts lead
 * to the sandbox at `address`. What the world keeps from the runner is not named, or named where nobody answers.
 * @throws Error for an API server that shall not answer in time: an address cannot do that.
 */
export function hostsFile(world: World, address: string): string {
  const names = ['localhost', ...publicHosts(world)].map(host => line(address, host))
  const apiServers = Object.values(world.clusters).flatMap(cluster => {
    const { closedToRunner: obstacle, arm } = cluster
    if (obstacle === 'timeout') throw new Error(`a hosts file cannot make ${arm.name} time out`)
    if (obstacle === 'no such host') return []
    return hostsOf(cluster).map(host => line(obstacle === 'connection refused' ? deserted : address, host))
  })
  return [...names, ...apiServers].join('')
}

const line = (address: string, host: string): string => `${address} ${host}\n`
