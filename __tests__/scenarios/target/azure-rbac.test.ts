import { expect, test } from 'vitest'
import { roleDefinitionOf, roles } from '../../../sandbox/arm/built-in-roles.ts'
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

  const idle = await stage.run({ ...onboardTarget, verify: 'false' })
  expect(idle.requests.filter(({ host }) => host === new URL(target.run.outputs.server!).hostname)).toEqual([])
  expect(idle.requests.filter(({ path }) => path.includes('Microsoft.Authorization'))).toHaveLength(1)

  const [assignment] = Object.values(stage.world.roleAssignments).filter(({ description }) => description)
  delete stage.world.roleAssignments[assignment!.id.toLowerCase()]
  const again = await stage.run({ ...onboardTarget, verify: 'false' })
  expect(written(again), 'made again under the same name').toEqual([`PUT ${assignment!.id}`])
})

test('Azure does not know the new identity yet, and somebody else assigns the same role meanwhile: both are no trouble', async () => {
  const world = worlds['azure-rbac']!()
  let attempts = 0
  const stage = await enterPrepared(world, undefined, ({ method, path, body }) => {
    if (method !== 'PUT' || !path.includes('/roleAssignments/')) return undefined
    attempts += 1
    if (attempts < 3) return { kind: 'answer', status: 400, body: notFound }
    const { principalId } = JSON.parse(body).properties
    const scope = path.slice(0, path.indexOf('/providers/Microsoft.Authorization/'))
    const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${theirs}`
    const assigned = {
      scope,
      roleDefinition: roles.aksRbacClusterAdmin,
      principalId,
      principalType: 'ServicePrincipal',
    }
    world.roleAssignments[id.toLowerCase()] = { id, name: theirs, ...assigned }
    return undefined
  })

  const onboarded = await stage.run(onboardTarget)
  const again = await stage.run(onboardTarget)

  expect(onboarded, onboarded.log).toMatchObject({ exitCode: 0, outputs: { verified: 'proven' } })
  expect(onboarded.log.match(/Azure does not know the identity as a principal yet/g)).toHaveLength(2)
  expect(written(again)).toEqual([])
  expect(again.log).toContain('(somebody else gave it)')
})

test('A role of one’s own is found by its name, and one that lets nobody in is refused', async () => {
  const world = worlds['azure-rbac']!()
  const dataActions = ['configmaps/read', 'configmaps/write', 'pods/read'].map(
    action => `Microsoft.ContainerService/managedClusters/${action}`,
  )
  const guid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
  world.roleDefinitions[guid] = roleDefinitionOf(guid, "Team's deployer", { dataActions })
  const stage = await enterPrepared(world)

  expect(await stage.refuses({ ...onboardTarget, 'target-role': 'Deployer' })).toMatch(
    /^There is no Azure role Deployer: /,
  )
  expect(await stage.refuses({ ...onboardTarget, 'target-role': 'Reader' })).toMatch(
    /^The Azure role Reader lets nobody into a cluster: /,
  )

  const { run } = await stage.achieves({ ...onboardTarget, 'target-role': "Team's deployer" })

  expect(planOf(run)[0]!.step).toMatch(/^role assignment Team's deployer of /)
  expect(run.log).toMatch(/access, .*: proven \(may get configmaps, patch configmaps\)/)
  const idle = await stage.run({ ...onboardTarget, 'target-role': guid.toUpperCase(), verify: 'false' })
  expect(written(idle), 'by its GUID it is the same').toEqual([])
})

const theirs = '12345678-1234-4234-8234-123456789012'
const notFound = { error: { code: 'PrincipalNotFound', message: 'Principal 0 does not exist in the directory 0.' } }
