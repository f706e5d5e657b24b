import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget } from '../../driver/story.ts'

test('Our Secret from which `argocd cluster rm` took the label is put back to use, not doubled', async () => {
  const stage = await enterPrepared(worlds['orphaned-secret']!())

  const target = await stage.succeeds(onboardTarget)

  expect(target.run.outputs['secret-name']).toBe('devworkloadaks1-secret')
  await stage.matches('orphaned-secret.md', target)
})
