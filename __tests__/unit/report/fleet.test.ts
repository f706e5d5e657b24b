import { describe, expect, test } from 'vitest'
import { fleetOutputs } from '../../../src/report/fleet-outputs.ts'
import { fleetMarkdown } from '../../../src/report/fleet-summary.ts'
import type { TargetResult } from '../../../src/report/target-result.ts'
import { outputsHandedOn } from '../../driver/runner-secrets.ts'

const result = (index: number, but: Partial<TargetResult> = {}): TargetResult => ({
  reference: `fleet-rg/target-${index}`,
  outcome: 'unchanged',
  name: `target-${index}`,
  server: `https://target-${index}-12345678.12345678-1234-1234-1234-123456789012.privatelink.westeurope.azmk8s.io:443`,
  secretName: `cluster-target-${index}-12345678.12345678-1234-1234-1234-123456789012.privatelink.westeurope.azmk8s.io-12345678`,
  changed: false,
  changes: [],
  verified: 'proven',
  links: [
    { link: 'exchange', of: 'argocd/argocd-server', outcome: 'proven', detail: 'a token' },
    { link: 'access', of: 'identity', outcome: 'proven', detail: 'may all' },
  ],
  ...but,
})
const failed = (index: number, error = 'no') => result(index, { outcome: 'failed', verified: 'failed', error })
const onboarded = (index: number) =>
  result(index, {
    outcome: 'onboarded',
    changed: true,
    changes: [{ step: 'Secret s', action: 'create', fields: ['data'] }],
  })
const options = { dryRun: false, verify: true }

describe('outputs', () => {
  test('failures come first, changes and links tell whose they are, and what is shared stands once', () => {
    const outputs = fleetOutputs([result(1), onboarded(2), failed(3)])
    expect(outputs).toMatchObject({ changed: 'true', verified: 'failed', left: 0 })
    expect(JSON.parse(outputs.targets).map(({ id }: { id: string }) => id)).toEqual(
      [3, 2, 1].map(n => `fleet-rg/target-${n}`),
    )
    expect(JSON.parse(outputs.changes)).toEqual([
      { target: 'fleet-rg/target-2', step: 'Secret s', action: 'create', fields: ['data'] },
    ])
    const links: { link: string; target?: string }[] = JSON.parse(outputs.proof)
    expect(links.filter(({ link }) => link === 'exchange')).toHaveLength(1)
    expect(links.filter(({ link }) => link === 'access').map(({ target }) => target)).toHaveLength(3)
  })

  test.each<[verdict: string, results: TargetResult[]]>([
    ['skipped', []],
    ['proven', [result(1), result(2, { outcome: 'skipped', verified: 'skipped' })]],
    ['partial', [result(1), result(2, { verified: 'partial' })]],
    ['partial', [result(1), result(2, { outcome: 'failed', verified: 'skipped' })]],
    ['failed', [result(1), failed(2)]],
  ])('verified is %s', (verdict, results) => {
    expect(fleetOutputs(results).verified).toBe(verdict)
  })

  test('a thousand targets fit into what GitHub takes, and more are cut from the end', () => {
    const thousand = fleetOutputs(Array.from({ length: 1000 }, (_, index) => result(index)))
    expect(JSON.parse(thousand.targets)).toHaveLength(1000)
    const many = fleetOutputs([
      ...Array.from({ length: 5000 }, (_, index) => onboarded(index)),
      failed(5000, 'x'.repeat(1000)),
    ])
    const size = [many.targets, many.changes, many.proof].join('').length * 2
    expect(size).toBeLessThan(1_000_000)
    expect(many.left).toBeGreaterThan(0)
    expect(JSON.parse(many.targets)[0]).toMatchObject({ outcome: 'failed', error: 'x'.repeat(200) })
  })

  test('they hold no id of a subscription', () => {
    const { left: _, ...outputs } = fleetOutputs([result(1), onboarded(2)])
    expect(outputsHandedOn(outputs, ['f7e79d2b-47f6-4630-ace3-01f0b8829f5c'])).toEqual(outputs)
  })
})

describe('summary', () => {
  test('a row for each target, failures first', () => {
    const text = fleetMarkdown('Targets on hub h', [result(1), onboarded(2), failed(3, 'no | way')], options)
    expect(text.split('\n')).toEqual([
      '### Targets on hub h',
      '',
      '3 targets: 1 failed, 1 onboarded, 1 unchanged',
      '',
      '| target | outcome | proof | details |',
      '|---|---|---|---|',
      '| fleet-rg/target-3 | **failed** | failed | no \\| way |',
      '| fleet-rg/target-2 | onboarded | proven | created Secret s |',
      '| fleet-rg/target-1 | unchanged | proven |  |',
      '',
      'The proof of each target is in the log, link by link.',
    ])
  })

  test('it is cut to what GitHub takes, and says so', () => {
    const results = Array.from({ length: 3000 }, (_, index) => failed(index, 'ä'.repeat(300)))
    const text = fleetMarkdown('Targets', results, options)
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
    expect(text).toMatch(/\n\d+ more targets did not fit; the log has them all\.\n/)
  })
})
