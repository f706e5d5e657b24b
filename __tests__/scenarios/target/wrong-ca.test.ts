import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget } from '../../driver/story.ts'

test('An API server whose certificate is not of the cluster’s own authority is not spoken to', async () => {
  const stage = await enterPrepared(worlds['wrong-ca']!())

  expect(await stage.refuses(onboardTarget)).toBe(
    'The API server of devworkloadaks1 (https://<private FQDN of devworkloadaks1>:443) could not be reached: its certificate is not ' +
      'one of the authority that Azure reports for the cluster (UNABLE_TO_VERIFY_LEAF_SIGNATURE). Look for a proxy that breaks TLS ' +
      'open and exempt the host with NO_PROXY; after a certificate rotation wait until it is over.',
  )
})
