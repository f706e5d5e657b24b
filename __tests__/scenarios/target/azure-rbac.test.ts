import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enterPrepared, onboardTarget, planOf, written } from '../../driver/story.ts'

test('On a target with Azure RBAC the identity gets a role assignment, which may take minutes to be seen', async () => {
  const stage = await enterPrepared(worlds['slow-roles']!())

  const target = await stage.succeeds(onboardTarget)

  expect(planOf(target.run).map(({ step, action }) => `${action} ${step}`)).toEqual([
    expect.stringMatching(
      /^create role assignment Azure Kubernetes Service RBAC Cluster Admin of .+ on devworkloadaks1$/,
    ),
    expect.stringMatching(/^create cluster Secret argocd\/cluster-devworkloadaks1-.+-\d+$/),
  ])
  expect(target.run.log).toContain('devworkloadaks1 does not know the new role assignment yet: may not ')
  expect(target.run.outputs.verified).toBe('proven')

  const [assignment] = Object.values(stage.world.roleAssignments).filter(({ description }) => description)
  delete stage.world.roleAssignments[assignment!.id.toLowerCase()]
  const again = await stage.run({ ...onboardTarget, verify: 'false' })
  expect(written(again), 'made again under the same name').toEqual([`PUT ${assignment!.id}`])
})
