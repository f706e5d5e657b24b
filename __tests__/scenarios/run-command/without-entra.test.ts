import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, prepareHub } from '../../driver/story.ts'

test('A hub without Entra is entered by run-command where the input says so, and no credential of it is asked for', async () => {
  const stage = await enter(worlds['no-entra-by-run-command']!())

  const { run } = await stage.achieves({ ...prepareHub, 'hub-access': 'run-command' })

  expect(run.outputs.verified).toBe('proven')
  expect(run.requests.filter(({ path }) => /ClusterUserCredential|ClusterAdminCredential/i.test(path))).toEqual([])
})
