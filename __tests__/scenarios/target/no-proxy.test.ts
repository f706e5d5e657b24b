import { expect, test } from 'vitest'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget, target } from '../../driver/story.ts'

test('A host that NO_PROXY names is reached past the proxy; here nothing but the proxy leads there', async () => {
  const world = worlds['first-light']!()
  const stage = await enterPrepared(world)
  const host = clusterOf(world, target).arm.properties.privateFQDN!
  const before = stage.sandbox.requests.length

  expect(
    await stage.refuses({ ...onboardTarget, 'target-access': 'direct' }, { environment: { NO_PROXY: host } }),
  ).toBe(
    'The API server of devworkloadaks1 (https://<private FQDN of devworkloadaks1>:443) could not be reached: a test reached for ' +
      '<private FQDN of devworkloadaks1>, past the proxy. Run the job on a runner whose network reaches the cluster, allow its ' +
      'address in the authorized IP ranges, or let the action enter by run-command (hub-access or target-access).',
  )

  const hosts = stage.sandbox.requests.slice(before).map(request => request.host)
  expect(hosts.filter(name => name.includes(host))).toEqual([])
  expect(hosts).toContain('management.azure.com')
})
