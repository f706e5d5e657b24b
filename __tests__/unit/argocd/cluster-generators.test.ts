import { describe, expect, test } from 'vitest'
import {
  clusterSelectorsOf,
  generatorsOf,
  keysOf,
  type LabelSelector,
  selects,
} from '../../../src/argocd/cluster-generators.ts'

const labels = { 'argocd.argoproj.io/secret-type': 'cluster', env: 'dev', region: '' }
const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, values }],
})

describe('a selector on the labels of a Secret', () => {
  test.each<[what: string, selector: LabelSelector, selected: boolean | 'unknown']>([
    ['takes everything where it says nothing', {}, true],
    ['takes a label', { matchLabels: { env: 'dev' } }, true],
    ['takes an empty label', { matchLabels: { region: '' } }, true],
    ['leaves another value', { matchLabels: { env: 'prod' } }, false],
    ['leaves what lacks the label', { matchLabels: { team: '' } }, false],
    ['takes all that it asks for', { matchLabels: { env: 'dev', region: '' }, ...expression('env', 'Exists') }, true],
    ['leaves what lacks one of them', { matchLabels: { env: 'dev' }, ...expression('team', 'Exists') }, false],
    ['In', expression('env', 'In', 'dev', 'test'), true],
    ['In without the label', expression('team', 'In', 'a'), false],
    ['NotIn', expression('env', 'NotIn', 'prod'), true],
    ['NotIn of its value', expression('env', 'NotIn', 'dev'), false],
    ['NotIn without the label', expression('team', 'NotIn', 'a'), true],
    ['DoesNotExist', expression('team', 'DoesNotExist'), true],
    ['DoesNotExist of what is there', expression('env', 'DoesNotExist'), false],
    ['an operator that nobody knows', expression('env', 'Gt', '1'), 'unknown'],
    ['what another generator fills in', { matchLabels: { env: '{{.env}}' } }, 'unknown'],
    ['what is filled in beside what does not fit', { matchLabels: { env: '{{.env}}', team: 'a' } }, false],
  ])('%s', (_what, selector, selected) => {
    expect(selects(selector, labels)).toBe(selected)
  })

  test('decides by keys, of which the one of every Secret is none', () => {
    const selector = {
      matchLabels: { 'argocd.argoproj.io/secret-type': 'cluster', a: '' },
      ...expression('b', 'Exists'),
    }
    expect(keysOf(selector)).toEqual(['a', 'b'])
  })
})

test('cluster generators are found at any depth', () => {
  const clusters = (name: string) => ({ clusters: { selector: { matchLabels: { name } } } })
  const spec = {
    generators: [
      clusters('a'),
      { git: {} },
      { matrix: { generators: [clusters('b'), { merge: { generators: [clusters('c'), { list: {} }] } }] } },
      { clusters: {} },
    ],
  }
  const set = { apiVersion: '', kind: '', metadata: { name: 'x' }, spec }
  expect(clusterSelectorsOf(generatorsOf(set)).map(({ matchLabels }) => matchLabels?.name)).toEqual([
    'a',
    'b',
    'c',
    undefined,
  ])
  expect(generatorsOf({ ...set, spec: {} })).toEqual([])
})
