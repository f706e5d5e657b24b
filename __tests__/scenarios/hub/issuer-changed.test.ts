import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, planOf, prepareHub } from '../../driver/story.ts'

test('The hub was made anew under its old name: the credentials made for it are repaired, not doubled', async () => {
  const stage = await enter(worlds['issuer-changed']!())

  const hub = await stage.succeeds(prepareHub)

  const credentials = planOf(hub.run).filter(({ step }) => step.startsWith('federated credential '))
  expect(credentials.map(({ action, fields }) => ({ action, fields }))).toEqual([
    { action: 'update', fields: ['issuer'] },
    { action: 'update', fields: ['issuer'] },
  ])
  await stage.matches('issuer-changed.md', hub)
})
