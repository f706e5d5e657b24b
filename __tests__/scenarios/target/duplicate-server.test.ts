import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget } from '../../driver/story.ts'

test('A server that is registered twice stays so until somebody decides which Secret counts', async () => {
  const stage = await enterPrepared(worlds['duplicate-server']!())

  expect(await stage.refuses(onboardTarget)).toBe(
    'devworkloadaks1 is registered 2 times in argocd, by the Secrets dev-a and dev-b: Argo CD takes any one of several Secrets ' +
      'for a server, and deleting one later drops the cluster for all. Delete all but one (kubectl -n argocd delete secret NAME) ' +
      'and run again.',
  )
})
