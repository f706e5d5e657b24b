import { type SpawnSyncOptions, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whoever is not root becomes it in a user namespace, where the system allows that. */
const waysIn = [
  ['--net', '--mount'],
  ['--net', '--mount', '--user', '--map-root-user'],
]

const furnish = `set -e
ip link set lo up || ifconfig lo up
ip address add 169.254.169.254/32 dev lo || ifconfig lo:1 169.254.169.254 netmask 255.255.255.255
mount --bind "$1" /etc/hosts
[ ! -e /etc/nsswitch.conf ] || mount --bind "$2" /etc/nsswitch.conf
shift 2
exec "$@"`

/**
 * Runs a program on this machine, but in a network of its own (https://man7.org/linux/man-pages/man7/network_namespaces.7.html): nothing is in
 * it but loopback, to which the address leads that machines in Azure ask about themselves; every port is free, and names are what the program
 * writes into its hosts file, which it finds in OWN_HOSTS_FILE. Returns its exit code, and undefined where the system allows no such network, as all but Linux, or lacks unshare or ip.
 */
export function runInOwnNetwork(command: string[]): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'argo-aks-onboard-network-'))
  try {
    const [hosts, nsswitch] = [join(folder, 'hosts'), join(folder, 'nsswitch.conf')]
    writeFileSync(hosts, '')
    // No name server is asked: a local one would be found in spite of all, by its socket in the file system.
    writeFileSync(nsswitch, 'hosts: files\n')
    const run = (way: string[], command: string[], options: SpawnSyncOptions = {}) =>
      spawnSync('unshare', [...way, 'sh', '-c', furnish, 'sh', hosts, nsswitch, ...command], options).status

    const way = waysIn.find(way => run(way, ['true']) === 0)
    if (!way) return undefined
    return run(way, command, { stdio: 'inherit', env: { ...process.env, OWN_HOSTS_FILE: hosts } }) ?? 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}
