import { describe, expect, test } from 'vitest'
import type { ManagedIdentity } from '../../../src/azure/azure.ts'
import { identityAction, managedIdentity } from '../../../src/resources/managed-identity.ts'
import * as names from '../names.ts'
import { fields, permissions } from '../steps.ts'

const mark = { 'argo-aks-onboard': names.hub.id }
const live = (tags: Record<string, string>): ManagedIdentity => ({ ...names.managedIdentity, location: 'eastus', tags })
const plan = (live: ManagedIdentity | undefined, tags: Record<string, string> = {}) =>
  managedIdentity(names.identity, live, { hub: names.hub, location: 'westeurope', tags })
const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tag-${index}`, 'x']))

test('an identity that exists is used as it is, wherever it lives and whoever made it', () => {
  const elsewhere = live({ team: 'platform' })
  const { action, refusals } = plan(elsewhere)
  expect(action).toMatchObject({ id: 'managed identity argocd-workload-identity', kind: 'unchanged', writes: [] })
  expect(action.found).toEqual(elsewhere)
  expect(refusals).toEqual([])
})

test("one that does not is made in the hub's region with our mark and the tags that are asked for", () => {
  const { action } = plan(undefined, { 'cost.center': '7' })
  expect(action).toMatchObject({
    kind: 'create',
    needs: [],
    changes: [
      { field: 'location', from: undefined, to: 'westeurope' },
      { field: "tags['cost.center']", from: undefined, to: '7' },
      { field: 'tags.argo-aks-onboard', from: undefined, to: names.hub.id },
    ],
    writes: [
      {
        verb: 'put',
        type: 'userAssignedIdentities',
        id: names.identity,
        body: { location: 'westeurope', tags: { 'cost.center': '7', ...mark } },
      },
    ],
  })
  expect(permissions(action)).toEqual([
    `Microsoft.ManagedIdentity/userAssignedIdentities/write at /subscriptions/${names.subscription}/resourceGroups/argocd-rg`,
  ])
})

describe('the tags of an identity', () => {
  test.each<[what: string, there: Record<string, string>, asked: Record<string, string>, changed: string[]]>([
    ['are in step', { ...mark, owner: 'a' }, { owner: 'a' }, []],
    ['are in step, its mark in the case of another day', { 'argo-aks-onboard': names.hub.id.toUpperCase() }, {}, []],
    ['lack one', mark, { owner: 'a' }, ['tags.owner']],
    ['have another value', { ...mark, owner: 'a' }, { owner: 'b' }, ['tags.owner']],
    [
      'have it in another case, which Azure takes for the same',
      { ...mark, Owner: 'a' },
      { owner: 'b' },
      ['tags.Owner'],
    ],
    ['hold one that is not asked for any more', { ...mark, owner: 'a' }, {}, []],
    ['are those of another hub', { 'argo-aks-onboard': names.otherHub.id }, { owner: 'a' }, []],
    ['are those of somebody else', { owner: 'a' }, { owner: 'b' }, []],
  ])('%s', (_what, there, asked, changed) => {
    expect(fields(plan(live(there), asked).action)).toEqual(changed)
  })

  test('of somebody else stay, and that is said', () => {
    const note = 'not made for this hub by the action, so its tags stay as they are'
    expect(plan(live({ team: 'x' }), { owner: 'a' }).action.note).toBe(note)
    expect(plan(live({ team: 'x' })).action.note).toBeUndefined()
  })

  test('are sent together with those of others', () => {
    const { action } = plan(live({ ...mark, team: 'x' }), { owner: 'a' })
    expect(action.writes).toEqual([
      {
        at: 'azure',
        verb: 'patch',
        type: 'userAssignedIdentities',
        id: names.identity,
        body: { tags: { ...mark, team: 'x', owner: 'a' } },
      },
    ])
    expect(permissions(action)).toEqual([
      `Microsoft.ManagedIdentity/userAssignedIdentities/write at ${names.identity.id}`,
    ])
  })

  test.each([
    ['a new one', undefined, 51],
    ['one that is there', live({ ...mark, team: 'x' }), 52],
  ])('are fifty at most, the mark among them: %s', (_what, there, count) => {
    expect(plan(there, fifty).refusals).toEqual([
      {
        what: `Managed identity argocd-workload-identity would have ${count} tags`,
        why: 'Azure allows 50, and one is the mark of the action',
        remedy: 'Take some out of the input tags, or off the identity',
      },
    ])
  })
})

test('an identity that the inputs tell goes by its client id', () => {
  const ids = { clientId: 'c', principalId: 'p' }
  expect(identityAction({ identity: names.identity, identityIds: ids })).toBe('identity c')
  expect(identityAction({ identity: names.identity })).toBe('managed identity argocd-workload-identity')
})
