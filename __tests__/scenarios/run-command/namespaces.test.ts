import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { commandsOf, enterPrepared, onboardTarget, planOf, target } from '../../driver/story.ts'

test('By run-command the grant is narrowed to namespaces as well, and no command more is made to look for what is left', async () => {
  const stage = await enterPrepared(worlds['target-by-run-command']!())
  for (const name of ['team-a', 'team-b']) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
    await stage.sandbox.administer(target, 'POST', '/api/v1/namespaces', namespace)
  }
  const byRunCommand = { ...onboardTarget, 'target-access': 'run-command' }
  const everywhere = await stage.run(byRunCommand)
  expect(everywhere.exitCode, everywhere.log).toBe(0)

  const { run } = await stage.succeeds({ ...byRunCommand, namespaces: 'team-a, team-b', 'target-role': 'edit' })

  expect(planOf(run).map(({ action, step }) => `${action} ${step}`)).toEqual([
    expect.stringMatching(/^create RoleBinding team-a\//),
    expect.stringMatching(/^create RoleBinding team-b\//),
    expect.stringMatching(/^delete ClusterRoleBinding /),
    expect.stringMatching(/^update cluster Secret /),
  ])
  expect(run.outputs.verified).toBe('proven')
  expect(commandsOf(everywhere), 'to read, to write, and to ask; on the hub to try its network').toBe(4)
  expect(commandsOf(run), 'to ask whether the old one may be taken back, and to do that').toBe(6)
})
