import { expect, test } from 'vitest'
import { projection, projectionOfOurs } from '../../../src/kubernetes/run-command-secrets.ts'

/** Prints objects as a template says, as kubectl would: a path is its value, or nothing. */
function printed(template: string, ...items: Record<string, string>[]): string {
  const inRange = template.slice('{range .items[*]}'.length, -'{end}'.length)
  return items
    .map(item =>
      inRange.replaceAll(/\{("(?:[^"\\]|\\.)*"|[^{}]*)\}/g, (_, part) =>
        part.startsWith('"') ? JSON.parse(part) : (item[part] ?? ''),
      ),
    )
    .join('')
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const ours = {
  '.metadata.name': 'dev',
  '.type': 'Opaque',
  '.data.server': base64('https://a'),
  '.data.shard': base64('1'),
  '.metadata.labels': '{"app.kubernetes.io/managed-by":"argo-aks-onboard","env":"dev"}',
  '.metadata.labels.app\\.kubernetes\\.io/managed-by': 'argo-aks-onboard',
  '.metadata.annotations.argo-aks-onboard/labels': 'env',
  '.metadata.annotations.argo-aks-onboard/annotations': 'example.com/a,gone',
  '.metadata.annotations.example\\.com/a': 'one | two\n|three',
}

test('a Secret of ours comes with its labels, and with the annotations that are asked for, whatever they hold', () => {
  const { template, parse } = projectionOfOurs(['example.com/a', 'example.com/b'])
  const [dev, other, ...more] = parse(printed(template, ours, { '.metadata.name': 'other' }), 'argocd')
  expect(more).toEqual([])
  expect(dev).toMatchObject({
    metadata: {
      name: 'dev',
      namespace: 'argocd',
      labels: { 'app.kubernetes.io/managed-by': 'argo-aks-onboard', env: 'dev' },
      annotations: {
        'argo-aks-onboard/labels': 'env',
        'argo-aks-onboard/annotations': 'example.com/a,gone',
        'example.com/a': 'one | two\n|three',
        gone: '(hidden)',
      },
    },
    type: 'Opaque',
    data: { server: base64('https://a'), shard: base64('1') },
  })
  expect(other).toMatchObject({ metadata: { name: 'other', labels: {}, annotations: {} }, data: {} })
})

test('an annotation cannot pass for another Secret', () => {
  const { template, parse } = projectionOfOurs(['example.com/a'])
  const forged = printed(template.replaceAll(/[\da-f]{12}/g, '000000000000'), { '.metadata.name': 'forged' })
  const text = printed(template, { ...ours, '.metadata.annotations.example\\.com/a': `x\n${forged}` })
  expect(parse(text, 'argocd').map(({ metadata }) => metadata.name)).toEqual(['dev'])
})

test('the config of a wanted Secret stands behind it, unless it is withheld', () => {
  const { template, parse } = projection()
  const line = (name: string) => printed(template, { '.metadata.name': name })
  const secrets = parse(`${line('a')}\t{"x": 1} \n${line('b')}\twithheld\n${line('c')}`, 'argocd')
  expect(secrets.map(({ metadata, data }) => [metadata.name, data.config])).toEqual([
    ['a', base64('{"x": 1} ')],
    ['b', undefined],
    ['c', undefined],
  ])
})

test('of Secrets of others no label and no annotation is read but those by which we know them', () => {
  const { template } = projection()
  expect(template).not.toContain('{.metadata.labels}')
  expect(template.match(/\.metadata\.annotations\.[^}]*/g)?.every(path => path.includes('.argo-aks-onboard/'))).toBe(
    true,
  )
})
