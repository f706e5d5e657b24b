import { describe, expect, test } from 'vitest'
import { entraError, type Link, type Verdict, verdictOf } from '../../src/proof.ts'

const link = (outcome: Link['outcome']): Link => ({ link: 'exchange', of: 'argocd/argocd-server', outcome, detail: '' })

test.each<[outcomes: Link['outcome'][], verdict: Verdict]>([
  [[], 'skipped'],
  [['proven'], 'proven'],
  [['proven', 'proven'], 'proven'],
  [['proven', 'not checked'], 'partial'],
  [['not checked'], 'partial'],
  [['proven', 'not checked', 'failed'], 'failed'],
])('%j is %s', (outcomes, verdict) => {
  expect(verdictOf(outcomes.map(link))).toBe(verdict)
})

describe("Entra's answer", () => {
  test.each<[what: string, error: unknown, expected: { code: string; text: string }]>([
    [
      'is cut before the ids of the trace',
      new Error(
        "invalid_client: 700213 - AADSTS700213: No matching federated identity record found for presented assertion subject 'x'. Trace ID: 1 Correlation ID: 2",
      ),
      {
        code: '700213',
        text: "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'.",
      },
    ],
    [
      'may span lines',
      new Error('AADSTS90002: Tenant\nnot found.'),
      { code: '90002', text: 'AADSTS90002: Tenant\nnot found.' },
    ],
    ['may be none of Entra', new Error('connect ECONNREFUSED'), { code: '', text: 'connect ECONNREFUSED' }],
    ['may be no error at all', 'gone', { code: '', text: 'gone' }],
  ])('%s', (_what, error, expected) => {
    expect(entraError(error)).toEqual(expected)
  })
})
