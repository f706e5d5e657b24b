import { expect, test } from 'vitest'
import { judge, prefersAzureClientId } from '../../../src/argocd/versions.ts'

const image = (tag: string) => `quay.example/argoproj/argocd:${tag}`

test.each([
  // https://github.com/argoproj/argo-cd/issues/22122: one release of v2.14
  [image('v2.14.2'), 'works'],
  [image('v2.14.3'), 'broken', 'v2.14.4'],
  [image('v2.14.4'), 'works'],
  [image('v2.14.21'), 'works'],
  // https://github.com/argoproj/argo-cd/issues/22884: the first seven of v3.0
  [image('v3.0.0'), 'broken', 'v3.0.7'],
  [image('v3.0.6'), 'broken', 'v3.0.7'],
  [image('v3.0.0-rc2'), 'broken', 'v3.0.7'],
  [image('v3.0.7'), 'works'],
  [image('v3.0.23'), 'works'],
  [image('v3.1.0'), 'works'],
  [image('v3.5.1'), 'works'],
  // Before v2.8 there was no such plugin.
  [image('v2.7.18'), 'broken', 'v2.14.4'],
  [image('v1.8.7'), 'broken', 'v2.14.4'],
  [image('v2.8.0'), 'works'],
  [image('v2.10.20'), 'works'],
  // Others build the same releases.
  ['quay.example:5000/argoproj/argocd:v3.0.2@sha256:05d68bf2', 'broken', 'v3.0.7'],
  ['mirror.example/corp/argo-cd:3.0.2', 'broken', 'v3.0.7'],
  ['mirror.example/corp/argocd-with-plugins:v2.14.3-build7', 'broken', 'v2.14.4'],
  ['argocd:v3.5.1', 'works'],
  // No release is named.
  [image('latest'), 'unknown'],
  [image('stable'), 'unknown'],
  [image('v3.5'), 'unknown'],
  [image('3.0.2.1'), 'unknown'],
  [image('sha-0a1b2c'), 'unknown'],
  ['quay.example/argoproj/argocd@sha256:05d68bf224df7cd39713012c19226a33', 'unknown'],
  ['quay.example/argoproj/argocd', 'unknown'],
  ['localhost:5000/argocd', 'unknown'],
  ['mirror.example/corp/gitops:v3.0.2', 'unknown'],
  ['', 'unknown'],
])('%s: %s', (of, kind, upgradeTo?: string) => {
  expect(judge(of)).toMatchObject({ kind, ...(upgradeTo && { upgradeTo }) })
})

test('says the version as Argo CD writes it', () => {
  expect(judge('mirror.example/corp/argo-cd:3.5.1-fips')).toEqual({ kind: 'works', version: 'v3.5.1' })
})

test.each([
  ['v2.13.9', false],
  ['v2.14.0', true],
  ['v3.5.1', true],
  ['latest', true],
])('%s lets AZURE_CLIENT_ID go first: %s', (tag, does) => {
  expect(prefersAzureClientId(judge(image(tag)))).toBe(does)
})
