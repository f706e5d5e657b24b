import { describe, expect, test } from 'vitest'
import { bothPatches, differences, mergePatch } from '../../src/diff.ts'
import { type Change, later } from '../../src/plan.ts'

const clientId = later('managed identity argocd', 'clientId')

test.each<[what: string, wanted: unknown, live: unknown, changes: Change[]]>([
  ['equal values', { a: 1 }, { a: 1 }, []],
  ['what only the other has', { a: 1 }, { a: 1, b: 2 }, []],
  ['another order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['another value', { a: 1 }, { a: 2 }, [{ field: 'a', from: 2, to: 1 }]],
  ['nothing there', { a: { b: 1 } }, undefined, [{ field: 'a.b', from: undefined, to: 1 }]],
  ['a value where a record is wanted', { a: { b: 1 } }, { a: 'x' }, [{ field: 'a.b', from: undefined, to: 1 }]],
  ['a record where a value is wanted', { a: 1 }, { a: { b: 1 } }, [{ field: 'a', from: { b: 1 }, to: 1 }]],
  ['an empty record', { a: {} }, {}, []],
  [
    'keys with dots and slashes, which are quoted',
    { annotations: { 'example.com/a': 'x' } },
    {},
    [{ field: "annotations['example.com/a']", from: undefined, to: 'x' }],
  ],
  [
    'a value that is known after apply, which equals nothing',
    { a: clientId },
    { a: 'x' },
    [{ field: 'a', from: 'x', to: clientId }],
  ],
  ['a label that is called later', { labels: { later: 'x' } }, { labels: { later: 'x' } }, []],
])('%s', (_what, wanted, live, changes) => {
  expect(differences(wanted, live)).toEqual(changes)
})

describe('lists', () => {
  test.each<[what: string, wanted: unknown, live: unknown, changes: Change[]]>([
    [
      'of a pod spec are matched item by item',
      { env: [{ name: 'A', value: '1' }] },
      { env: [{ name: 'B' }, { name: 'A', value: '1' }] },
      [],
    ],
    [
      'show a new item whole',
      { env: [{ name: 'A', value: '1' }] },
      { env: [{ name: 'B' }] },
      [{ field: 'env[A]', from: undefined, to: { name: 'A', value: '1' } }],
    ],
    [
      'show what differs within an item',
      { containers: [{ name: 'server', env: [{ name: 'A', value: '1' }] }] },
      { containers: [{ name: 'server', image: 'x', env: [{ name: 'A', value: '2' }] }] },
      [{ field: 'containers[server].env[A].value', from: '2', to: '1' }],
    ],
    [
      'of mounts go by their path, not their name',
      { volumeMounts: [{ name: 'token', mountPath: '/a' }] },
      { volumeMounts: [{ name: 'token', mountPath: '/b' }] },
      [{ field: 'volumeMounts[/a]', from: undefined, to: { name: 'token', mountPath: '/a' } }],
    ],
    [
      'of subjects count as a whole, as Kubernetes replaces them',
      { subjects: [{ kind: 'User', name: 'a' }] },
      {
        subjects: [
          { kind: 'User', name: 'a' },
          { kind: 'User', name: 'b' },
        ],
      },
      [
        {
          field: 'subjects',
          from: [
            { kind: 'User', name: 'a' },
            { kind: 'User', name: 'b' },
          ],
          to: [{ kind: 'User', name: 'a' }],
        },
      ],
    ],
    ['that are missing', { args: ['azure'] }, {}, [{ field: 'args', from: undefined, to: ['azure'] }]],
  ])('%s', (_what, wanted, live, changes) => {
    expect(differences(wanted, live)).toEqual(changes)
  })
})

test.each<[what: string, from: unknown, to: unknown, patch: unknown]>([
  ['nothing, where nothing differs', { a: { b: 1 } }, { a: { b: 1 } }, {}],
  ['null for a field that goes', { a: { b: 1, c: 2 } }, { a: { c: 2 } }, { a: { b: null } }],
  ['a list whole, without the item that goes', { a: [{ n: 1 }, { n: 2 }] }, { a: [{ n: 2 }] }, { a: [{ n: 2 }] }],
])('a merge patch holds %s', (_what, from, to, patch) => {
  expect(mergePatch(from, to)).toEqual(patch)
})

test('of two merge patches the second is right where both say something', () => {
  const first = { labels: { use: null }, volumes: [], only: 1 }
  expect(bothPatches(first, { labels: { mine: 'x' }, volumes: ['a'] })).toEqual({
    labels: { use: null, mine: 'x' },
    volumes: ['a'],
    only: 1,
  })
})
