import { expect, test } from 'vitest'
import { labelKeyOf, labelsFromTags, labelValueOf } from '../../../src/target/tag-labels.ts'

test.each([
  ['env', 'env'],
  ['Cost Center', 'Cost-Center'],
  [' owner: ', 'owner'],
  ['hidden-title', 'hidden-title'],
  ['aks-managed/foo bar', 'aks-managed/foo-bar'],
  ['größe', 'gr-e'],
  ['x'.repeat(70), 'x'.repeat(63)],
  ['€', ''],
])('tag %s becomes label %s', (tag, label) => {
  expect(labelKeyOf(tag)).toBe(label)
})

test.each([
  ['dev', 'dev'],
  ['', ''],
  ['R&D / 42 ', 'R-D-42'],
  ['a@b.example', 'a-b.example'],
  [`${'x'.repeat(62)}--y`, 'x'.repeat(62)],
  ['-_-', ''],
])('value %j becomes %j', (value, label) => {
  expect(labelValueOf(value)).toBe(label)
})

test('tags are found whatever their case, and one that is not there is no label', () => {
  expect(labelsFromTags(['env', 'Owner', 'none'], { ENV: 'dev', owner: 'web', other: 'x' })).toEqual({
    env: 'dev',
    Owner: 'web',
    none: undefined,
  })
})
