import { tagOf } from './display-name.ts'

/** The labels that the tags of a cluster become; a tag that is not there becomes none. */
export function labelsFromTags(
  keys: readonly string[],
  tags: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const entries = keys.map(key => {
    const value = tagOf(tags, key)
    return [labelKeyOf(key), value === undefined ? undefined : labelValueOf(value)]
  })
  return Object.fromEntries(entries)
}

/** A tag's key as a label's: what labels do not take is a `-`. The spelling is the input's, since Azure's own may change from day to day. */
export function labelKeyOf(key: string): string {
  const [name = '', ...prefix] = key.split('/').reverse()
  return [...prefix.reverse(), labelPart(name)].join('/')
}

/** A tag's value as a label's, which takes less (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set). */
export const labelValueOf = (value: string): string => labelPart(value)

const labelPart = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z\d._-]+/g, '-')
    .replace(/^[^A-Za-z\d]+/, '')
    .slice(0, 63)
    .replace(/[^A-Za-z\d]+$/, '')
