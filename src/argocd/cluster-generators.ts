import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { SECRET_TYPE_LABEL } from './cluster-secret.ts'

type Labels = Readonly<Record<string, string>>

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors, as objects write it. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** A generator of an ApplicationSet (https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/). */
// biome-ignore lint/suspicious/noExplicitAny: generators are as many as Argo CD has kinds of them
export type Generator = Record<string, any>

/** Every generator of an ApplicationSet, those within matrix and merge generators, too. */
export function generatorsOf({ spec }: KubernetesObject): Generator[] {
  const withInner = (generator: Generator): Generator[] => [
    generator,
    ...['matrix', 'merge'].flatMap(kind => generator[kind]?.generators ?? []).flatMap(withInner),
  ]
  return (spec?.generators ?? []).flatMap(withInner)
}

/** Selectors of the cluster generators; an empty one takes every cluster. */
export const clusterSelectorsOf = (generators: Generator[]): LabelSelector[] =>
  generators.flatMap(({ clusters }) => (clusters ? [clusters.selector ?? {}] : []))

/** Tells whether a selector takes a cluster Secret with these labels; `unknown` where that hangs on what another generator fills in. */
export function selects(selector: LabelSelector, labels: Labels): boolean | 'unknown' {
  const answers = requirementsOf(selector).map(({ key, operator, values }) => {
    if ([key, ...values].some(text => text.includes('{{'))) return 'unknown'
    const value = labels[key]
    if (operator === 'In') return value !== undefined && values.includes(value)
    if (operator === 'NotIn') return value === undefined || !values.includes(value)
    if (operator === 'Exists') return value !== undefined
    return operator === 'DoesNotExist' ? value === undefined : 'unknown'
  })
  return answers.includes(false) ? false : answers.includes('unknown') ? 'unknown' : true
}

/** The labels by which a selector decides, but for the one that every cluster Secret has. */
export const keysOf = (selector: LabelSelector): string[] =>
  requirementsOf(selector)
    .map(({ key }) => key)
    .filter(key => key !== SECRET_TYPE_LABEL)

function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector) {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({ key, operator, values })),
  ]
}
