/**
 * Writes the tables of inputs and outputs in README.md from action.yml.
 * With `--check` it writes nothing, and fails where the tables say something else.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'

interface Action {
  inputs: Record<string, { description: string; required?: boolean; default?: string }>
  outputs: Record<string, { description: string }>
}

const root = join(import.meta.dirname, '..')
const readme = join(root, 'README.md')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

const action: Action = parse(await readFile(join(root, 'action.yml'), 'utf8'))
const before = await readFile(readme, 'utf8')
const after = between('outputs', outputTable(action), between('inputs', inputTable(action), before))

if (after === before) console.log('README.md says what action.yml says')
else if (!values.check) await writeFile(readme, after)
else {
  console.error('README.md does not say what action.yml says: run `npm run docs`')
  process.exitCode = 1
}

function inputTable({ inputs }: Action): string {
  const rows = Object.entries(inputs).map(([name, input]) => [
    `\`${name}\``,
    input.required ? 'required' : input.default === undefined ? '' : `\`${input.default}\``,
    input.description,
  ])
  return table(['input', 'default', 'meaning'], rows)
}

function outputTable({ outputs }: Action): string {
  return table(
    ['output', 'meaning'],
    Object.entries(outputs).map(([name, output]) => [`\`${name}\``, output.description]),
  )
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell => cell.trim().replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Replaces what stands between the two markers of a name. */
function between(name: string, content: string, text: string): string {
  const [start, end] = [`<!-- ${name} of action.yml, written by \`npm run docs\` -->`, `<!-- end of ${name} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers ${start} and ${end}`)
  return `${text.slice(0, from)}${start}\n${content}\n${text.slice(to)}`
}
