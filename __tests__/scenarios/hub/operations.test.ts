import { expect, test } from 'vitest'
import type { SandboxRequest } from '../../../sandbox/exchange.ts'
import { uuid, type World } from '../../../sandbox/world.ts'
import { clusterOf } from '../../../sandbox/worlds/builder.ts'
import { isBusy, isBusyInPool } from '../../../sandbox/worlds/clusters.ts'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, errorsIn, hub, planOf, prepareHub, written } from '../../driver/story.ts'

const step = 'AKS cluster argocd-aks'
const isUpdate = ({ method, path }: Pick<SandboxRequest, 'method' | 'path'>) =>
  method === 'PUT' && /\/managedClusters\/argocd-aks$/i.test(path)

/** Something happens to the hub when its update is sent for the first time. */
function atFirstUpdate(happens: () => void) {
  let isOver = false
  return (request: SandboxRequest) => {
    if (isUpdate(request) && !isOver) {
      isOver = true
      happens()
    }
    return undefined
  }
}

/** What another hand is at, and what the log then says that the run waits for. */
const others: [what: string, begins: (world: World, fault: (happens: () => void) => void) => void, waits: RegExp][] = [
  [
    'An upgrade that runs already',
    world => isBusy(hub, 'Upgrading')(world),
    /AKS cluster argocd-aks: waits for the end of another operation: Upgrading$/m,
  ],
  [
    'A pool that grows already, which only the pool shows',
    world => isBusyInPool(hub, 'Scaling')(world),
    /AKS cluster argocd-aks: waits for the end of another operation: agent pool system - Scaling$/m,
  ],
  [
    'An upgrade that begins between reading and writing',
    (world, at) => at(() => isBusy(hub, 'Upgrading')(world)),
    /AKS cluster argocd-aks: .*Another operation \(Upgrading\) is in progress/,
  ],
  [
    'A change that comes between reading and writing',
    (world, at) =>
      at(() => {
        clusterOf(world, hub).arm.eTag = uuid(world)
      }),
    /AKS cluster argocd-aks: failed[\s\S]*Reading Hub argocd-aks/,
  ],
]

test.each(others)('%s is waited for, and what it left is planned upon anew', async (_what, begins, waits) => {
  const world = worlds['first-light']!()
  let happens: (() => void) | undefined
  begins(world, later => {
    happens = later
  })
  const stage = await enter(
    world,
    undefined,
    atFirstUpdate(() => happens?.()),
  )

  const run = await stage.run(prepareHub)

  expect(run.exitCode, run.log).toBe(0)
  expect(run.log).toMatch(waits)
  expect(planOf(run).map(({ step }) => step)).toContain(step)
  expect(run.requests.filter(request => isUpdate(request) && request.write)).toHaveLength(1)
})

test('An update that fails in AKS is told with its reason, and what needs it is not begun', async () => {
  const world = worlds['first-light']!()
  clusterOf(world, hub).nextUpdateFails = { code: 'ReconcileVNetFailed', message: 'The subnet is full.' }
  const stage = await enter(world)

  const run = await stage.run(prepareHub)

  expect(run.exitCode).toBe(1)
  expect(errorsIn(run)).toBe(
    'The update of AKS cluster argocd-aks failed: ReconcileVNetFailed. The subnet is full. Mend what it names and run again, ' +
      'whereupon AKS tries all of it again; az aks show --resource-group argocd-rg --name argocd-aks shows its state.',
  )
  expect(written(run).filter(path => /deployments|federatedIdentityCredentials/i.test(path))).toEqual([])

  const again = await stage.run(prepareHub)
  expect(again.exitCode, again.log).toBe(0)
  expect(again.log).toContain('with this update AKS tries again what that left undone')
})

test('A hub that is being deleted is not waited for', async () => {
  const world = worlds['first-light']!()
  isBusy(hub, 'Deleting')(world)
  const stage = await enter(world)

  expect(await stage.refuses(prepareHub)).toBe(
    'AKS cluster argocd-aks is being deleted: somebody began that, and Azure does not stop it any more (provisioningState Deleting). ' +
      'Correct the input hub-cluster; a cluster that is made anew under this name can be named once it is there.',
  )
})
