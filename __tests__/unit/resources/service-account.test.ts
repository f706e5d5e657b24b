import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { later } from '../../../src/plan.ts'
import { type Annotated, serviceAccount } from '../../../src/resources/service-account.ts'
import { ownedBy } from '../managed-fields.ts'
import { hub, managedIdentity, otherTenant, tenant } from '../names.ts'
import { applied, fields, permissions } from '../steps.ts'

const { clientId } = managedIdentity
const client = 'azure.workload.identity/client-id'

const plan = (live: KubernetesObject | undefined, identity: Annotated = { clientId, tenantId: tenant }) =>
  serviceAccount('argocd', 'svc-argocd-aks', identity, hub.id, live, ['AKS cluster', 'identity'])

const account = (metadata: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'svc-argocd-aks', namespace: 'argocd', ...metadata },
})
const azure = { [client]: clientId, 'azure.workload.identity/tenant-id': tenant }
const mark = { labels: { 'app.kubernetes.io/managed-by': 'argo-aks-onboard' } }
const ours = account({ ...mark, annotations: { ...azure, 'argo-aks-onboard/hub': hub.id } })

test('an account that is not there is made with our mark', () => {
  const { action, refusals } = plan(undefined)
  expect(action).toMatchObject({
    id: 'ServiceAccount argocd/svc-argocd-aks',
    kind: 'create',
    needs: ['AKS cluster', 'identity'],
  })
  expect(applied(action)).toEqual([ours])
  expect(permissions(action)).toEqual([
    'hub: patch serviceaccounts svc-argocd-aks',
    'hub: create serviceaccounts svc-argocd-aks',
  ])
  expect(refusals).toEqual([])
})

test('it may stand for an identity that is still to be made', () => {
  const unknown = later('managed identity argocd', 'clientId')
  const { action } = plan(undefined, { clientId: unknown, tenantId: tenant })
  expect(applied(action)[0]!.metadata.annotations).toMatchObject({ [client]: unknown })
})

describe('an account that is there', () => {
  const foreign = { [client]: 'sso' }
  const helms = ownedBy(
    'helm',
    { 'f:metadata': { 'f:annotations': { [`f:${client}`]: {} } } },
    account({ annotations: foreign }),
  )

  test.each<[what: string, live: KubernetesObject, changed: string[]]>([
    ['is ours and right', ours, []],
    [
      'is ours, and names the hub in another case',
      account({ ...mark, annotations: { ...azure, 'argo-aks-onboard/hub': hub.id.toUpperCase() } }),
      [],
    ],
    [
      'is ours, and somebody changed it',
      account({ ...mark, annotations: { ...azure, [client]: 'x', 'argo-aks-onboard/hub': hub.id } }),
      [`metadata.annotations['${client}']`],
    ],
    ["is another tool's and right", account({ annotations: azure }), []],
    [
      "is another tool's and lacks an annotation",
      account({ annotations: { [client]: clientId } }),
      ["metadata.annotations['azure.workload.identity/tenant-id']"],
    ],
    [
      "is another tool's, and nobody claims the value",
      account({ annotations: { ...azure, [client]: 'x' } }),
      [`metadata.annotations['${client}']`],
    ],
  ])('%s', (_what, live, changed) => {
    const { action, refusals } = plan(live)
    expect(fields(action)).toEqual(changed)
    expect(action.kind).toBe(changed.length > 0 ? 'update' : 'unchanged')
    expect(refusals).toEqual([])
  })

  test("of another tool's gets the annotations, never our mark", () => {
    expect(applied(plan(account({})).action)).toEqual([account({ annotations: azure })])
  })

  test('of another tool keeps a value that its owner set: the run is refused', () => {
    const { action, refusals } = plan(helms)
    expect(action.writes).toMatchObject([{ force: false }])
    expect(refusals).toEqual([
      {
        what: `ServiceAccount argocd/svc-argocd-aks has "sso" in metadata.annotations['${client}'], and "${clientId}" is needed`,
        why: 'the value was set by helm, and what others wrote is never overwritten',
        remedy: `Change or remove metadata.annotations['${client}'] where helm takes it from, then run again`,
      },
    ])
  })

  test('is refused in words also where the identity is still to be made', () => {
    const { refusals } = plan(helms, { clientId: later('identity', 'clientId'), tenantId: otherTenant })
    expect(refusals[0]!.what).toMatch(/and one that is known after apply is needed$/)
  })

  test('of ours is set right by force', () => {
    const taken = ownedBy(
      'kubectl-edit',
      { 'f:metadata': { 'f:annotations': { [`f:${client}`]: {} } } },
      account({ ...mark, annotations: { ...azure, [client]: 'x', 'argo-aks-onboard/hub': hub.id } }),
    )
    const { action, refusals } = plan(taken)
    expect(action.writes).toMatchObject([{ force: true }])
    expect(refusals).toEqual([])
    expect(permissions(action)).toEqual(['hub: patch serviceaccounts svc-argocd-aks'])
  })
})
