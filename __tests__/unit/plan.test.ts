import { describe, expect, test } from 'vitest'
import { type Action, isLater, later, resolve, unchanged, writing } from '../../src/plan.ts'

const results = new Map<string, Record<string, unknown>>([
  ['managed identity argocd', { clientId: 'c', tenantId: 't' }],
  ['AKS cluster hub', { issuerUrl: 'https://issuer/' }],
])
const clientId = later('managed identity argocd', 'clientId')

describe('a value that is known after apply', () => {
  test.each<[what: string, value: unknown, resolved: unknown]>([
    ['alone', clientId, 'c'],
    ['in a record', { a: { b: clientId, c: 1 } }, { a: { b: 'c', c: 1 } }],
    ['in a list', ['x', clientId, [later('AKS cluster hub', 'issuerUrl')]], ['x', 'c', ['https://issuer/']]],
  ])('is filled in %s', (_what, value, resolved) => {
    expect(resolve(value, results)).toEqual(resolved)
  })

  test('is told apart from a record that has a field of that name', () => {
    const tags = { later: { action: 'managed identity argocd', field: 'clientId' } }
    expect(isLater(tags)).toBe(false)
    expect(resolve({ tags }, results)).toEqual({ tags })
  })

  test.each([
    ['the action left no such field', later('managed identity argocd', 'principalId')],
    ['there was no such action', later('managed identity other', 'clientId')],
  ])('stops the write where %s', (_why, value) => {
    expect(() => resolve({ a: value }, results)).toThrow(/has no \w+ after it was written/)
  })
})

test.each([['text'], [1], [null], [undefined], [true]])('%s resolves to itself', value => {
  expect(resolve(value, results)).toBe(value)
})

test('a date is a value, not a record', () => {
  const date = new Date()
  expect(resolve({ date }, results).date).toBe(date)
})

test('the writing actions are those with writes', () => {
  const idle = unchanged('idle')
  const busy: Action = {
    ...idle,
    id: 'busy',
    writes: [{ at: 'hub', verb: 'delete', object: { apiVersion: 'v1', kind: 'Secret', name: 'x' } }],
  }
  expect(writing({ actions: [idle, busy], refusals: [] })).toEqual([busy])
})
