import { expect, test } from 'vitest'
import { displayNameOf } from '../../../src/target/display-name.ts'
import { subscription, target } from '../names.ts'

const cluster = {
  location: 'westeurope',
  tags: { Env: 'dev', empty: '', wild: 'a{b}', long: 'x'.repeat(254), self: 'in-cluster' },
}

test.each([
  [undefined, 'devworkloadaks1'],
  ['dev', 'dev'],
  ['{name}', 'devworkloadaks1'],
  ['{resource-group}/{name}', 'dev-rg/devworkloadaks1'],
  ['{subscription}', subscription],
  ['{location}-{tag:env}-{tag:ENV}', 'westeurope-dev-dev'],
])('%s is filled in to %s', (template, name) => {
  expect(displayNameOf(template, target, cluster)).toEqual({ name, refusals: [] })
})

test.each([
  ['{tag:none}', 'AKS cluster devworkloadaks1 has no tag none, which the input name asks for ({tag:none})'],
  [
    '{tag:a}-{tag:empty}',
    'AKS cluster devworkloadaks1 has no tag a and no tag empty, which the input name asks for ({tag:a}-{tag:empty})',
  ],
  ['{tag:wild}', 'AKS cluster devworkloadaks1 would be called "a{b}", by the input name ({tag:wild})'],
  ['{tag:self}', 'AKS cluster devworkloadaks1 would be called "in-cluster", by the input name ({tag:self})'],
])('%s is refused', (template, what) => {
  expect(displayNameOf(template, target, cluster).refusals.map(refusal => refusal.what)).toEqual([what])
})

test('a name that comes out too long is refused', () => {
  expect(displayNameOf('{tag:long}', target, cluster).refusals).toHaveLength(1)
})
