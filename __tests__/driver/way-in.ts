import { writeFile } from 'node:fs/promises'
import { hostsFile } from '../../sandbox/hosts-file.ts'
import type { SandboxOptions } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'

/** The hosts file of this process, where it is in a network of its own: scripts/test-no-proxy.ts. */
export const { OWN_HOSTS_FILE: ownHostsFile } = process.env

/**
 * How the sandbox of a story is reached: through its proxy; or, in a network of its own, as most runners reach Azure, by name and port 443. There
 * is one such network for all tests, so that sandboxes of two worlds cannot be up in it at a time.
 */
export async function wayInto(world: World): Promise<Pick<SandboxOptions, 'byName'>> {
  if (!ownHostsFile) return {}
  const address = '127.0.0.1'
  await writeFile(ownHostsFile, hostsFile(world, address))
  return { byName: { host: address, port: 443 } }
}
