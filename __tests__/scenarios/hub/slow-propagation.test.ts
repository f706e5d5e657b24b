import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, prepareHub } from '../../driver/story.ts'

test('Entra does not know the new credentials yet: the proof waits for it', async () => {
  const stage = await enter(worlds['slow-propagation']!())

  const hub = await stage.succeeds(prepareHub)

  expect(hub.run.log).toContain(
    'Entra does not know the credential of argocd/argocd-application-controller yet (AADSTS70021)',
  )
  expect(hub.run.outputs.verified).toBe('proven')
  await stage.matches('slow-propagation.md', hub)
})
