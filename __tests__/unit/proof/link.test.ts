import { expect, test } from 'vitest'
import { type Link, type Verdict, verdictOf } from '../../../src/proof/link.ts'

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
