import { isDeepStrictEqual } from 'node:util'
import type { Change } from './plan.ts'

type Tree = Record<string, unknown>

/**
 * What of `wanted` is missing or different in `live`; what only `live` has is nobody's concern here.
 * List items are matched as Kubernetes merges them: by `mountPath` or `name` where every item has one, else as a whole
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
 */
export function differences(wanted: unknown, live: unknown, field = ''): Change[] {
  if (isTree(wanted)) {
    const there = isTree(live) ? live : {}
    return Object.entries(wanted).flatMap(([key, value]) => differences(value, there[key], join(field, key)))
  }
  const key = Array.isArray(wanted) ? mergeKey(wanted) : undefined
  if (key) {
    const there = Array.isArray(live) ? live : []
    return (wanted as Tree[]).flatMap(item =>
      differences(
        item,
        there.find(other => other[key] === item[key]),
        `${field}[${item[key]}]`,
      ),
    )
  }
  return isDeepStrictEqual(wanted, live) ? [] : [{ field, from: live, to: wanted }]
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('later' in value)

const mergeKey = (items: unknown[]): 'mountPath' | 'name' | undefined =>
  (['mountPath', 'name'] as const).find(key => items.length > 0 && items.every(item => isTree(item) && key in item))

/** Label and annotation keys hold dots and slashes, so they are quoted. */
const join = (field: string, key: string): string =>
  /[./]/.test(key) ? `${field}['${key}']` : field === '' ? key : `${field}.${key}`
