import { expect, test } from 'vitest'
import type { KubernetesObject, ObjectMeta } from '../../src/kubernetes/cluster.ts'
import { fingerprint, HUB_ANNOTATION, idAnnotation, isOurs } from '../../src/mark.ts'
import { hub, otherHub } from './names.ts'

const secret = (metadata: Partial<ObjectMeta>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x', ...metadata },
})

test.each([
  ['our label', { labels: { 'app.kubernetes.io/managed-by': 'argo-aks-onboard' } }, true],
  ["another tool's", { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, false],
  ['no labels', {}, false],
])('%s', (_what, metadata, ours) => {
  expect(isOurs(secret(metadata))).toBe(ours)
})

test.each([
  ['none yet', undefined, hub.id],
  ['the same id', hub.id, hub.id],
  ['the same id in another case, which stays', hub.id.toUpperCase(), hub.id.toUpperCase()],
  ["another hub's", otherHub.id, hub.id],
])('the annotation of the hub: %s', (_what, held, becomes) => {
  const live = held === undefined ? undefined : secret({ annotations: { [HUB_ANNOTATION]: held } })
  expect(idAnnotation(HUB_ANNOTATION, hub.id, live)).toEqual({ [HUB_ANNOTATION]: becomes })
})

test('a fingerprint is short, always the same, and knows where one value ends', () => {
  expect(fingerprint('a', 'b')).toMatch(/^[0-9a-f]{10}$/)
  expect(fingerprint('a', 'b')).toBe(fingerprint('a', 'b'))
  expect(fingerprint('a', 'b')).not.toBe(fingerprint('ab'))
})
