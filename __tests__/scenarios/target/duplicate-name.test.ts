import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget } from '../../driver/story.ts'

test('A name that stands for another cluster is not given twice', async () => {
  const stage = await enterPrepared(worlds['duplicate-name']!())

  expect(await stage.refuses(onboardTarget)).toBe(
    'The name devworkloadaks1 already stands for https://dev-other.privatelink.westeurope.azmk8s.io:443, by Secret argocd/dev-other: ' +
      'Applications with destination.name fail where two clusters have one name. Choose another name for this cluster with the input name.',
  )

  const target = await stage.succeeds({ ...onboardTarget, name: 'dev-1' })
  expect(target.run.outputs['cluster-name']).toBe('dev-1')
})
