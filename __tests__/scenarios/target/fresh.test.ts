import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, planOf } from '../../driver/story.ts'

test('A private cluster is onboarded: the identity is let in, then Argo CD is told', async () => {
  const stage = await enter(worlds['first-light']!())
  await stage.succeeds({ mode: 'hub' })

  const target = await stage.succeeds({ mode: 'target', 'target-cluster': 'dev-rg/devworkloadaks1' })

  expect(planOf(target.run).map(({ action }) => action)).toEqual(['create', 'create'])
  await stage.matches('fresh.md', target)
})
