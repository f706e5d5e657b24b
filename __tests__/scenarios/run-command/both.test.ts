import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { commandsOf, enter, onboardTarget, prepareHub } from '../../driver/story.ts'

const byRunCommand = { 'hub-access': 'run-command' }

test('Neither API server answers the runner: run-command prepares the hub and onboards the target', async () => {
  const stage = await enter(worlds['run-command-only']!())

  const hub = await stage.succeeds({ ...prepareHub, ...byRunCommand })
  const target = await stage.succeeds({ ...onboardTarget, ...byRunCommand, 'target-access': 'run-command' })

  expect(hub.run.outputs.verified).toBe('proven')
  expect(target.run.outputs.verified, 'the network between the clusters was tried as well').toBe('proven')
  // The hub's page is not kept: whether two rollouts are looked at by one command or two is a matter of milliseconds.
  await stage.matches('target.md', target)
})

test('A hub with nothing to do takes one command to look at it and one to prove it', async () => {
  const stage = await enter(worlds['run-command-only']!())
  await stage.achieves({ ...prepareHub, ...byRunCommand })

  const proven = await stage.run({ ...prepareHub, ...byRunCommand })
  const looked = await stage.run({ ...prepareHub, ...byRunCommand, verify: 'false' })

  expect(commandsOf(proven)).toBe(2)
  expect(commandsOf(looked)).toBe(1)
})
