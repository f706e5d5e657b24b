import { unknown } from './arguments.ts'

/**
 * Fills a template of https://kubernetes.io/docs/reference/kubectl/jsonpath that is made of text, of `{"text"}`, of paths such as
 * `{.metadata.labels.app\.kubernetes\.io/name}`, and of ranges from `{range .items[*]}`, or from `{range .items[?(@.spec.name=="a")]}`, to
 * `{end}`. What a path does not find is nothing.
 */
export function render(template: string, data: { items: object[] }): string {
  const parts = template.split(/(\{(?:"(?:[^"\\]|\\.)*"|[^{}"])*\})/)
  const fill = (part: string, from: object) => (part.startsWith('{') ? value(part.slice(1, -1), from) : part)
  let filled = ''
  while (parts.length > 0) {
    const part = parts.shift()!
    if (!part.startsWith('{range ')) {
      filled += fill(part, data)
      continue
    }
    const end = parts.indexOf('{end}')
    if (end < 0) throw unknown(`the jsonpath ${template}`)
    const inRange = parts.splice(0, end + 1).slice(0, -1)
    for (const item of itemsOf(part, data)) filled += inRange.map(each => fill(each, item)).join('')
  }
  return filled
}

function itemsOf(range: string, { items }: { items: object[] }): object[] {
  if (range === '{range .items[*]}') return items
  const [, path, text] = /^\{range \.items\[\?\(@(\.[\w.]+)==("[^"\\]*")\)\]\}$/.exec(range) ?? []
  if (!path || !text) throw unknown(`the jsonpath ${range}`)
  return items.filter(item => at(path, item) === JSON.parse(text))
}

function value(expression: string, from: object): string {
  if (expression.startsWith('"')) return JSON.parse(expression)
  if (!/^(\.([^.[\]\\]|\\.)+)+$/.test(expression)) throw unknown(`the jsonpath {${expression}}`)
  const found = at(expression, from)
  return found === undefined ? '' : typeof found === 'string' ? found : json(found)
}

function at(path: string, from: object): unknown {
  const keys = path.match(/([^.\\]|\\.)+/g)!.map(key => key.replace(/\\(.)/g, '$1'))
  return keys.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], from)
}

/** As Go writes what is no text: keys in alphabetical order, and what HTML would take for its own escaped. */
export const json = (value: unknown): string =>
  JSON.stringify(sorted(value)).replace(
    /[<>&\u2028\u2029]/g,
    letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The same value with its keys in alphabetical order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]))
}
