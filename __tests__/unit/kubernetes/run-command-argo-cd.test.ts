import { expect, test } from 'vitest'
import { Application, ApplicationSet } from '../../../src/kubernetes/cluster.ts'
import { readingOf } from '../../../src/kubernetes/run-command-argo-cd.ts'

const destination = { server: 'https://a:443', name: 'a' }
const templateOf = (of: ReturnType<typeof readingOf>) => Object.values(of.files)[0]!

test('Applications are read by their destination, in all of its forms', () => {
  const reading = readingOf(Application, undefined, destination)
  expect(reading.arguments.slice(0, 3)).toEqual(['get', 'applications.argoproj.io', '--all-namespaces'])
  expect([...templateOf(reading).matchAll(/\?\((.*?)\)/g)].map(([, filter]) => filter)).toEqual([
    '@.spec.destination.server=="https://a:443"',
    '@.spec.destination.server=="https://a:443/"',
    '@.spec.destination.name=="a"',
  ])
})

test.each(['a"b', "a'b", 'a)b', 'a]b', 'a{b}', 'a\\b'])(
  'a name that would end the filter is not filtered by: %s',
  name => {
    expect(templateOf(readingOf(Application, 'argocd', { ...destination, name }))).toMatch(/^\{range \.items\[\*\]\}/)
  },
)

test('what is asked for another destination is in a file of its own', () => {
  const files = [destination, { ...destination, name: 'b' }].map(
    each => Object.keys(readingOf(Application, 'x', each).files)[0],
  )
  expect(new Set(files).size).toBe(2)
})

test('objects are built again from what is printed', () => {
  const owners = '[{"kind":"ApplicationSet","name":"set"}]'
  const text = `argocd|a|${owners}|{"destination":{"name":"a|b","server":"x"}}\nteam|b||{"destination":}\nteam|c||\n`
  expect(readingOf(Application, undefined, destination).parse(text)).toEqual([
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'a', namespace: 'argocd', ownerReferences: [{ kind: 'ApplicationSet', name: 'set' }] },
      spec: { destination: { name: 'a|b', server: 'x' } },
    },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'b', namespace: 'team' }, spec: {} },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'c', namespace: 'team' }, spec: {} },
  ])
  const spec = { generators: [{ clusters: {} }] }
  expect(readingOf(ApplicationSet, 'argocd', destination).parse(`argocd|s||${JSON.stringify(spec)}\n`)).toMatchObject([
    { kind: 'ApplicationSet', spec },
  ])
})
