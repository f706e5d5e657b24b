import { unknown } from './arguments.ts'

/**
 * Fills a template of https://kubernetes.io/docs/reference/kubectl/jsonpath that is made of text, of `{"text"}`, of paths such as
 * `{.metadata.labels.app\.kubernetes\.io/name}`, and of `{range .items[*]}` to `{end}`. What a path does not find is nothing.
 */
export function render(template: string, data: { items: object[] }): string {
  const parts = template.split(/(\{(?:"(?:[^"\\]|\\.)*"|[^{}"])*\})/)
  const start = parts.indexOf('{range .items[*]}')
  const end = parts.indexOf('{end}')
  if (start < 0 || end < start) throw unknown(`the jsonpath ${template}`)
  const fill = (part: string, from: object) => (part.startsWith('{') ? value(part.slice(1, -1), from) : part)
  const filled = (some: string[], from: object) => some.map(part => fill(part, from)).join('')
  const inRange = parts.slice(start + 1, end)
  return [
    filled(parts.slice(0, start), data),
    ...data.items.map(item => filled(inRange, item)),
    filled(parts.slice(end + 1), data),
  ].join('')
}

function value(expression: string, from: object): string {
  if (expression.startsWith('"')) return JSON.parse(expression)
  if (!/^(\.([^.[\]\\]|\\.)+)+$/.test(expression)) throw unknown(`the jsonpath {${expression}}`)
  const keys = expression.match(/([^.\\]|\\.)+/g)!.map(key => key.replace(/\\(.)/g, '$1'))
  const found = keys.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], from)
  return found === undefined ? '' : typeof found === 'string' ? found : JSON.stringify(found)
}
