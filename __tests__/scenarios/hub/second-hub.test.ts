import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, planOf, prepareHub } from '../../driver/story.ts'

test('Another hub is this identity already, with service accounts of the same names: its credentials are left alone', async () => {
  const stage = await enter(worlds['second-hub']!())

  const hub = await stage.succeeds(prepareHub)

  const credentials = planOf(hub.run).filter(({ step }) => step.startsWith('federated credential '))
  expect(credentials.map(({ action }) => action)).toEqual(['create', 'create'])
  expect(hub.run.log.match(/left alone, another hub's/g)).toHaveLength(2)
  await stage.matches('second-hub.md', hub)
})
