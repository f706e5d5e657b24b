import { describe, expect, test } from 'vitest'
import { Unproven } from '../../../src/failure.ts'
import { type Action, later, unchanged } from '../../../src/plan.ts'
import { change, count, ended, planned, proved, value } from '../../../src/report/render.ts'

const unknown = later('managed identity argocd', 'clientId')

test.each<[what: string, value: unknown, text: string]>([
  ['nothing', undefined, '(none)'],
  ['text', 'x', 'x'],
  ['a number', 1, '1'],
  ['a switch', false, 'false'],
  ['a list', ['a', 'b'], '[a, b]'],
  ['nothing within', {}, '{}'],
  ['a record', { a: 1, b: [true] }, '{ a: 1, b: [true] }'],
  ['what is not known yet', unknown, '(known after apply)'],
  ['what is not known yet within a record', { a: [unknown] }, '{ a: [(known after apply)] }'],
  ['160 characters', 'x'.repeat(160), 'x'.repeat(160)],
  ['more, which nobody reads', 'x'.repeat(161), `${'x'.repeat(24)}… (161 characters)`],
])('shows %s', (_what, of, text) => {
  expect(value(of)).toBe(text)
})

test.each([
  ['a new field', { field: 'location', from: undefined, to: 'westeurope' }, 'location: westeurope'],
  ['another value', { field: 'enabled', from: false, to: true }, 'enabled: false -> true'],
  [
    'a field that goes',
    { field: 'data.config.proxyUrl', from: '(hidden)', to: undefined },
    'data.config.proxyUrl: (hidden) -> (none)',
  ],
  [
    'a field of a pod spec',
    { field: 'spec.template.spec.serviceAccountName', from: 'a', to: 'b' },
    'serviceAccountName: a -> b',
  ],
  [
    'a new variable',
    { field: 'spec.template.spec.containers[server].env[A]', from: undefined, to: { name: 'A', value: '1' } },
    'containers[server].env[A]: 1',
  ],
  [
    'a new mount',
    {
      field: 'containers[server].volumeMounts[/a]',
      from: undefined,
      to: { mountPath: '/a', name: 'b', readOnly: true },
    },
    'containers[server].volumeMounts[/a]: { name: b, readOnly: true }',
  ],
  [
    'an annotation',
    { field: "metadata.annotations['a/b']", from: undefined, to: 'c' },
    "metadata.annotations['a/b']: c",
  ],
])('tells of %s', (_what, of, text) => {
  expect(change(of)).toBe(text)
})

const made: Action = {
  ...unchanged('managed identity argocd'),
  kind: 'create',
  changes: [{ field: 'location', from: undefined, to: 'westeurope' }],
  note: 'a note',
}
const updated: Action = { ...unchanged('AKS cluster hub'), kind: 'update' }
const gone: Action = {
  ...unchanged('federated credential old'),
  kind: 'delete',
  changes: [{ field: 'subject', from: 'a', to: undefined }],
}
const left: Action = { ...unchanged('OIDC issuer'), kind: 'left' }

describe('a plan', () => {
  test.each([
    ['made', made, ['+ managed identity argocd', '    location: westeurope', '    (a note)']],
    ['changed', updated, ['~ AKS cluster hub']],
    ['deleted', gone, ['- federated credential old', '    subject: a -> (none)']],
    ['left as it is', unchanged('x'), ['= x']],
    ['left alone', left, ['. OIDC issuer']],
  ])('shows what is %s', (_what, action, lines) => {
    expect(planned(action)).toEqual(lines)
  })

  test('is counted', () => {
    const actions = [made, updated, updated, unchanged('x'), left]
    expect(count({ actions, refusals: [] })).toBe('1 to create, 2 to update, 2 unchanged')
    expect(count({ actions: [gone], refusals: [] })).toBe('0 to create, 0 to update, 1 to delete, 0 unchanged')
  })
})

test.each([
  [{ action: made, kind: 'done', result: {} } as const, '+ managed identity argocd: created'],
  [{ action: updated, kind: 'done', result: {} } as const, '~ AKS cluster hub: updated'],
  [{ action: gone, kind: 'done', result: {} } as const, '- federated credential old: deleted'],
  [{ action: unchanged('x'), kind: 'done', result: {} } as const, '= x: unchanged'],
  [{ action: left, kind: 'done', result: {} } as const, '. OIDC issuer: left alone'],
  [{ action: made, kind: 'failed', error: new Error('secret') } as const, '! managed identity argocd: failed'],
  [
    { action: made, kind: 'failed', error: new Unproven() } as const,
    '! managed identity argocd: not written, since the proof failed',
  ],
  [{ action: made, kind: 'skipped' } as const, '! managed identity argocd: not begun, since what it needs failed'],
])('an outcome is one line: %#', (outcome, line) => {
  expect(ended(outcome)).toBe(line)
})

test.each([
  ['proven', '✓ access, identity: proven (may)'],
  ['failed', '✗ access, identity: failed (may)'],
  ['not checked', '? access, identity: not checked (may)'],
] as const)('a link of the proof that is %s is one line', (outcome, line) => {
  expect(proved({ link: 'access', of: 'identity', outcome, detail: 'may' })).toBe(line)
})
