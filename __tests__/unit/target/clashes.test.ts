import { expect, test } from 'vitest'
import { type Applicant, clashes } from '../../../src/target/clashes.ts'

const applicant = (id: string, but: Partial<Applicant> = {}): Applicant => ({
  id,
  name: id,
  server: `https://${id}:443`,
  secretName: `cluster-${id}`,
  otherServers: [],
  now: undefined,
  ...but,
})
const refused = (...applicants: Applicant[]) =>
  Object.fromEntries([...clashes(applicants)].map(([id, refusals]) => [id, refusals.map(({ what }) => what)]))

test('Targets that differ in all have nothing against each other', () => {
  expect(refused(applicant('a'), applicant('b'), applicant('c'))).toEqual({})
})

test('Of targets that want one name, none gets it', () => {
  expect(refused(applicant('a', { name: 'x' }), applicant('b', { name: 'x' }), applicant('c'))).toEqual({
    a: ['a is to be called x in Argo CD, and so is b'],
    b: ['b is to be called x in Argo CD, and so is a'],
  })
})

test('One that has the name already keeps it', () => {
  const holder = applicant('a', { name: 'x' })
  expect(refused({ ...holder, now: holder }, applicant('b', { name: 'x' }))).toEqual({
    b: ['b is to be called x in Argo CD, and so is a'],
  })
})

test('Servers are the same with and without their port', () => {
  const other = applicant('b', { server: 'https://a/' })
  expect(Object.keys(refused(applicant('a'), other))).toEqual(['a', 'b'])
})

test('One Secret is not for two, and everything that is wrong is said at once', () => {
  const same = { name: 'x', secretName: 's' }
  const found = refused(
    applicant('a', same),
    applicant('b', same),
    applicant('c', same),
    applicant('d', same),
    applicant('e', same),
  )
  expect(found.a).toEqual([
    'a is to be called x in Argo CD, and so is b, c, d and 1 more',
    'a is to be registered by Secret s, and so is b, c, d and 1 more',
  ])
})
