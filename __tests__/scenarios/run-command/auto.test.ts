import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { commandsOf, enter, enterPrepared, onboardTarget, prepareHub } from '../../driver/story.ts'

test('Without a word about access, a hub that does not answer is reached by run-command, and the log says why', async () => {
  const stage = await enter(worlds['hub-by-run-command']!())

  const { run } = await stage.achieves(prepareHub)

  expect(run.log).toContain('argocd-aks is reached by run-command: ')
  expect(run.outputs.verified).toBe('proven')
})

test('Only the target does not answer: the hub is still reached directly', async () => {
  const stage = await enterPrepared(worlds['target-by-run-command']!())

  const { run } = await stage.achieves(onboardTarget)

  expect(run.log).toContain('devworkloadaks1 is reached by run-command: ')
  expect(run.log).not.toContain('argocd-aks is reached')
  expect(
    commandsOf(run),
    'on the target to read, to write and to ask about the identity; on the hub to try its network',
  ).toBe(4)
})

test('A dry run makes no pod unless the input says so', async () => {
  const stage = await enter(worlds['hub-by-run-command']!())

  expect(await stage.refuses({ ...prepareHub, 'dry-run': 'true' })).toMatch(
    /^The API server of argocd-aks \(.*\) could not be reached: .* run-command \(hub-access or target-access\)\.$/,
  )
  const asked = await stage.run({ ...prepareHub, 'dry-run': 'true', 'hub-access': 'run-command' })

  expect(asked.exitCode, asked.log).toBe(0)
})

test('Direct access asked for stays direct', async () => {
  const stage = await enter(worlds['hub-by-run-command']!())

  expect(await stage.refuses({ ...prepareHub, 'hub-access': 'direct' })).toContain('could not be reached')
})
