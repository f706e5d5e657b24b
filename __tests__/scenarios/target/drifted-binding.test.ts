import { expect, test } from 'vitest'
import { difference, picture } from '../../../sandbox/difference.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { type Editable, edit, recreate, remove } from '../../driver/another-hand.ts'
import { enterPrepared, onboardTarget, planOf, target } from '../../driver/story.ts'

const elsewhere = '/subscriptions/0/resourceGroups/x/providers/Microsoft.ContainerService/managedClusters/y'

/** What somebody changes in our binding, and the fields that the plan then repairs. */
const drifts: [what: string, change: (binding: Editable) => void, fields: string[]][] = [
  [
    'another tool says that it is its own',
    ({ metadata }) => Object.assign(metadata.labels, { 'app.kubernetes.io/managed-by': 'Helm' }),
    ["metadata.labels['app.kubernetes.io/managed-by']"],
  ],
  [
    'the hub’s id is another',
    ({ metadata }) => Object.assign(metadata.annotations, { 'argo-aks-onboard/hub': elsewhere }),
    ["metadata.annotations['argo-aks-onboard/hub']"],
  ],
  ['somebody else is bound too', ({ subjects }) => subjects.push({ ...subjects[0], name: 'intruder' }), ['subjects']],
  ['somebody else is bound instead', ({ subjects }) => Object.assign(subjects[0], { name: 'other' }), ['subjects']],
]

test('Our ClusterRoleBinding is set right, also where it was deleted or grants another role', async () => {
  const stage = await enterPrepared(worlds['first-light']!())
  const { outputs } = await stage.run(onboardTarget)
  const [{ step }] = JSON.parse(outputs.changes!)
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${step.split(' ')[1]}`
  const right = await picture(stage.sandbox)

  for (const [what, change, fields] of drifts) {
    await edit(stage.sandbox, target, path, change)
    const repaired = await stage.achieves({ ...onboardTarget, verify: 'false' })
    expect(planOf(repaired.run), what).toEqual([{ step, action: 'update', fields }])
    expect(difference(right, await picture(stage.sandbox)), what).toEqual([])
  }

  await recreate(stage.sandbox, target, path, ({ roleRef }) => Object.assign(roleRef, { name: 'view' }))
  const replaced = await stage.achieves({ ...onboardTarget, verify: 'false' })
  expect(planOf(replaced.run)).toEqual([{ step, action: 'update', fields: ['roleRef.name'] }])

  await remove(stage.sandbox, target, path)
  const madeAgain = await stage.achieves(onboardTarget)
  expect(planOf(madeAgain.run)).toMatchObject([{ step, action: 'create' }])
  expect(difference(right, await picture(stage.sandbox))).toEqual([])
})
