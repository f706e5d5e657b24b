import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../src/apply.ts'
import { Refused, Unproven } from '../../../src/failure.ts'
import { type Action, unchanged } from '../../../src/plan.ts'
import type { Run } from '../../../src/reconcile.ts'
import { markdown } from '../../../src/report/summary.ts'

const make: Action = {
  ...unchanged('managed identity argocd'),
  kind: 'create',
  changes: [
    { field: 'location', from: undefined, to: 'westeurope' },
    { field: 'tags.argo-aks-onboard', from: undefined, to: 'hub' },
  ],
  writes: [{ at: 'hub', verb: 'delete', object: { apiVersion: 'v1', kind: 'Secret', name: 'x' } }],
}
const idle = unchanged('AKS cluster argocd-aks', {}, 'a note')

const run = (but: Partial<Run<unknown>> = {}): Run<unknown> => ({
  seen: undefined,
  plan: { actions: [idle, make], refusals: [] },
  outcomes: [],
  links: [],
  verified: 'skipped',
  ...but,
})
const done = (action: Action): Outcome => ({ action, kind: 'done', result: {} })
const rows = (of: Run<unknown>, options = { dryRun: false, verify: true }) =>
  markdown('Hub argocd-aks', of, options)
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(1)

test('tells what was done and what was proven', () => {
  const links = [{ link: 'exchange', of: 'argocd/argocd-server', outcome: 'proven', detail: 'a token' } as const]
  expect(
    markdown('Hub argocd-aks', run({ outcomes: [done(idle), done(make)], links, verified: 'proven' }), {
      dryRun: false,
      verify: true,
    }),
  ).toBe(`\
### Hub argocd-aks

| resource | outcome | details |
|---|---|---|
| AKS cluster argocd-aks | unchanged | a note |
| managed identity argocd | created | location: westeurope<br>tags.argo-aks-onboard: hub |

Proof: **proven**

- ✓ exchange, argocd/argocd-server: proven (a token)`)
})

describe('an outcome', () => {
  test.each<[what: string, outcome: Outcome, word: string]>([
    ['done', done(make), 'created'],
    ['failed', { action: make, kind: 'failed', error: new Error('x') }, '**failed**'],
    ['withheld', { action: make, kind: 'failed', error: new Unproven() }, '**not written**'],
    ['never begun', { action: make, kind: 'skipped' }, 'not begun'],
  ])('that is %s', (_what, outcome, word) => {
    expect(rows(run({ outcomes: [outcome] }))[1]).toMatch(`| managed identity argocd | ${word} |`)
  })

  test('of an earlier round stays in sight, before the last plan', () => {
    const outcomes = [done(make), done(idle)]
    expect(rows(run({ plan: { actions: [idle], refusals: [] }, outcomes })).map(row => row.split(' | ')[0])).toEqual([
      '| managed identity argocd',
      '| AKS cluster argocd-aks',
    ])
  })

  test('of an earlier round stands in for the last plan, in which nothing is left to do', () => {
    const again = { actions: [idle, unchanged('managed identity argocd')], refusals: [] }
    expect(rows(run({ plan: again, outcomes: [done(make)] }))[1]).toMatch(
      '| managed identity argocd | created | location',
    )
  })
})

test.each([
  ['a dry run', { dryRun: true, verify: true }, 'A dry run: nothing was written.', 'would be created'],
  ['a run without proof', { dryRun: false, verify: false }, 'Proof: skipped, as the input `verify` says.', 'created'],
])('%s says so', (_what, options, ending, word) => {
  const text = markdown('Hub argocd-aks', run(), options)
  expect(text.split('\n').at(-1)).toBe(ending)
  expect(rows(run(), options)[1]).toMatch(`| ${word} |`)
})

describe('what a cluster says stays text', () => {
  test.each([
    ['a table', 'a | b', 'a \\| b'],
    ['a table behind a backslash', 'a \\| b', 'a \\\\\\| b'],
    ['a line', 'a\r\n\nb', 'a b'],
    ['HTML', '<img src=x> &lt;', '&lt;img src=x> &amp;lt;'],
    ['emphasis and code', '**a** `b`', '\\*\\*a\\*\\* \\`b\\`'],
    ['a link', '[a](https://x)', '[a]\\(https://x)'],
    ['brackets of a field', 'containers[server]', 'containers[server]'],
  ])('%s', (_what, note, cell) => {
    expect(rows(run({ plan: { actions: [unchanged('x', {}, note)], refusals: [] } }))).toEqual([
      `| x | unchanged | ${cell} |`,
    ])
  })
})

test('a refused run says what would have been done, what warnings there are, and why nothing was', () => {
  const refusal = { what: 'A', why: 'b', remedy: 'C' }
  const plan = { actions: [idle, make], refusals: [refusal], warnings: [{ ...refusal, what: 'W' }] }
  const refused = run({ plan, failure: new Refused([refusal]) })
  expect(rows(refused)[1]).toMatch('| would be created |')
  expect(markdown('Hub argocd-aks', refused, { dryRun: false, verify: true }).split('\n').slice(-5)).toEqual([
    'Beforehand: W: b. C.',
    '',
    '**Refused**: A: b. C.',
    '',
    'Nothing further was written.',
  ])
})

test('what an earlier round of a refused run wrote was written', () => {
  const refused = run({ outcomes: [done(make)], failure: new Refused([{ what: 'A', why: 'b', remedy: 'C' }]) })
  expect(rows(refused)[1]).toMatch('| created |')
})
