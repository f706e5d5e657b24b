import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { managedClusters, resourceId } from '../../src/azure/resource-id.ts'
import { matrixOf } from '../../src/discover.ts'
import { discoveryOutputs } from '../../src/report/discovery.ts'
import type { Selected } from '../../src/selection.ts'
import { outputsHandedOn } from '../driver/runner-secrets.ts'

const own = 'f7e79d2b-47f6-4630-ace3-01f0b8829f5c'

const selected = (count: number, subscription = own, reference = (index: number) => `dev-rg/dev${index}`): Selected[] =>
  Array.from({ length: count }, (_, index) => ({
    cluster: resourceId(managedClusters, subscription, 'dev-rg', `dev${index}`),
    reference: reference(index),
  }))

test.each<[count: number, jobs: number, sizes: number[]]>([
  [0, 0, []],
  [1, 1, [1]],
  [256, 256, [1]],
  [257, 256, [1, 2]],
  [1000, 256, [3, 4]],
])('%i targets make %i jobs', (count, jobs, sizes) => {
  const all = selected(count)
  const matrix = matrixOf(all)
  expect(matrix).toHaveLength(jobs)
  const lines = matrix.map(({ targets }) => targets.split('\n'))
  expect([...new Set(lines.map(({ length }) => length))].sort()).toEqual(sizes)
  expect(lines.flat(), 'nothing is lost, nothing is twice').toEqual(all.map(({ reference }) => reference))
})

test('A job is called by its first target, and gets what one of them asks for as YAML', () => {
  const some = selected(257)
  const overrides = { name: 'dev: {location}', labels: 'tier=dev\nteam=7' }
  some[1]!.entry = { where: 'item 2', cluster: some[1]!.cluster, overrides }
  const with2 = matrixOf(some).find(({ targets }) => targets.startsWith('- '))!
  expect(parse(with2.targets)).toContainEqual({ 'target-cluster': 'dev-rg/dev1', ...overrides })
  expect(matrixOf(some).map(({ title }) => title)).toContain('dev-rg/dev255 and 1 more')
})

test('The outputs reach the next job although the ids of all subscriptions are secrets', () => {
  const elsewhere = '492e3b0b-30dd-4741-aaf0-55936d68e763'
  const { left, ...outputs } = discoveryOutputs([
    ...selected(3),
    ...selected(3, elsewhere, index => `Contoso Apps/dev-rg/dev${index}`),
  ])
  expect(left).toBe(0)
  expect(outputsHandedOn(outputs, [own, elsewhere])).toEqual(outputs)
  expect(outputsHandedOn({ matrix: selected(1)[0]!.cluster.id }, [own]), 'the rule bites').toEqual({})
})

test('Ten thousand targets fit, and what GitHub does not take is refused', () => {
  const { matrix, targets, left } = discoveryOutputs(selected(10_000))
  expect(2 * (matrix.length + targets.length)).toBeLessThan(1_000_000)
  expect(left).toBeGreaterThan(0)
  expect(() => discoveryOutputs(selected(30_000))).toThrow(/^A matrix of 30000 targets is larger than GitHub takes/)
})
