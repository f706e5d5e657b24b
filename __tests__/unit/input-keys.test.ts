import { expect, test } from 'vitest'
import { faultyKeys, faultyTagLabels, isTakenAnnotation, isTakenLabel } from '../../src/input-keys.ts'

test.each([
  ['argocd.argoproj.io/secret-type', true],
  ['app.kubernetes.io/managed-by', true],
  ['argo-aks-onboard/x', true],
  ['argocd.argoproj.io/auto-label-cluster-info', false],
  ['app.kubernetes.io/part-of', false],
  ['env', false],
])('label %s is taken: %s', (key, taken) => {
  expect(isTakenLabel(key)).toBe(taken)
})

test.each([
  ['argo-aks-onboard/target', true],
  ['managed-by', true],
  ['argocd.argoproj.io/refresh', true],
  ['kubectl.kubernetes.io/last-applied-configuration', true],
  ['argocd.argoproj.io/skip-reconcile', false],
  ['note', false],
])('annotation %s is taken: %s', (key, taken) => {
  expect(isTakenAnnotation(key)).toBe(taken)
  expect(faultyKeys('annotations', [key], isTakenAnnotation)).toHaveLength(taken ? 1 : 0)
})

test.each<[tags: string[], labels: string[], problems: string[]]>([
  [['env', 'Cost Center'], ['team'], []],
  [['app.kubernetes.io/part-of'], [], ['names app.kubernetes.io/part-of, and that label is reserved']],
  [['kubernetes.io/x'], [], ['names kubernetes.io/x, and that label is reserved']],
  [['node.k8s.io/x'], [], ['names node.k8s.io/x, and that label is reserved']],
  [['argocd.argoproj.io/secret-type'], [], ['names argocd.argoproj.io/secret-type, and that label is reserved']],
  [['argo-aks-onboard/x'], [], ['names argo-aks-onboard/x, and that label is reserved']],
  [['my-k8s.io/x'], [], []],
  [['€'], [], ['names €, of which no label key can be made']],
  [['a b', 'a-b'], [], ['names a b and a-b, which become the same label a-b']],
  [['Env', 'env'], [], ['names Env and env, which become the same label env']],
  [['env'], ['env'], ['names env, which becomes the label env, and `labels` sets that, too']],
])('tags %j beside labels %j: %j', (tags, labels, problems) => {
  expect(faultyTagLabels(tags, labels).map(({ problem }) => problem)).toEqual(problems)
})
