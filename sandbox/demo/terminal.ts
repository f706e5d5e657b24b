import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Text in a style, where standard output is a terminal that shows colours; NO_COLOR and FORCE_COLOR are heeded. */
export const styled = (style: Style, text: string): string => styleText(style, text)

/** What a line starts with says how it is meant. */
const styles: [start: RegExp, style: Style][] = [
  [/^▸/, 'bold'],
  [/^(Error|✗|!)/, 'red'],
  [/^(Warning|\?)/, 'yellow'],
  [/^(✓|[+~] )/, 'green'],
  [/^ /, 'dim'],
]

/** A job's log, with what GitHub folds away in the background. */
export const logInTerminal = (log: string): string => log.split('\n').map(inItsStyle).join('\n')

/**
 * A job summary, its table in columns: the outcomes first, since names are of all lengths, and of the details as much as fits. What
 * GitHub folds away is a line, as it is there until somebody opens it.
 */
export function summaryInTerminal(markdown: string): string {
  const lines = markdown
    .replaceAll(/<details>\s*<summary>(.*?)<\/summary>[\s\S]*?<\/details>/g, '▸ $1')
    .trim()
    .split('\n')
    .filter(line => !/^\|[-|]+\|$/.test(line))
  const width = Math.max(...lines.filter(isRow).map(line => cellsOf(line)[1]?.length ?? 0))
  return lines.map(line => (isRow(line) ? rowInTerminal(cellsOf(line), width) : lineInTerminal(line))).join('\n')
}

/** A text moved to the right. */
export const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ')

function inItsStyle(line: string): string {
  const [, style] = styles.find(([start]) => start.test(line)) ?? []
  if (!style) return line
  return styled(style, style === 'dim' ? cut(line, process.stdout.columns ?? Number.POSITIVE_INFINITY) : line)
}

const isRow = (line: string): boolean => line.startsWith('|')

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map(cell => plain(cell.trim().replaceAll('<br>', '; ')))

function rowInTerminal([resource = '', outcome = '', details = '']: string[], width: number): string {
  const start = `${outcome.padEnd(width)}  ${resource}`
  const rest = cut(details, (process.stdout.columns ?? 120) - start.length - 2)
  return rest ? `${start}  ${styled('dim', rest)}` : start
}

function lineInTerminal(line: string): string {
  if (line.startsWith('### ')) return styled('bold', plain(line.slice(4)))
  return inItsStyle(plain(line.replace(/^- /, '').replaceAll('**', '')))
}

/** Markdown's own escapes, taken back. */
const plain = (text: string): string =>
  text
    .replaceAll(/\\([\\`*|([])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')

/** As much of a line as goes into a width, less the margin; nothing where that would be a stump. */
function cut(text: string, width: number): string {
  const room = width - 2
  if (text.length <= room) return text
  return room < 10 ? '' : `${text.slice(0, room - 1)}…`
}
