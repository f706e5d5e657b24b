import { stringify } from 'yaml'
import { armHosts } from '../../sandbox/arm/hosts.ts'
import type { Difference } from '../../sandbox/difference.ts'
import { entraHosts } from '../../sandbox/entra/entra.ts'
import type { ActionRun } from '../../sandbox/runner/step.ts'
import type { LoggedRequest } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'

/** A run and what it did to the world, as a page to read. */
export interface Page {
  title: string
  inputs: Record<string, string>
  run: ActionRun
  differences: Difference[]
}

/** A run as Markdown: what was asked, what GitHub shows, what was requested, what differs in the world, what the step hands on. */
export function transcript({ title, inputs, run, differences }: Page, world: World): string {
  const outputs = Object.fromEntries(Object.entries(run.outputs).map(([name, value]) => [name, parsed(value)]))
  return [
    `# ${title}`,
    `Exit code ${run.exitCode}.`,
    ...section('Inputs', fenced('yaml', stringify(inputs))),
    ...section('Log', fenced('text', sideBySideInOrder(run.log))),
    ...section('Requests', requestsOf(run.requests, world)),
    ...section('What differs afterwards', differences.length > 0 ? fenced('yaml', asYaml(differences)) : 'Nothing.'),
    ...section('Job summary', folded(run.summary).trim().replaceAll(/^#/gm, '###') || 'None.'),
    ...section('Outputs', fenced('yaml', stringify(outputs, { lineWidth: 0 }))),
    '',
  ].join('\n\n')
}

const section = (title: string, text: string): string[] => [`## ${title}`, text]
const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trim()}\n\`\`\``
const parsed = (value: string): unknown => (/^[[{]/.test(value) ? shortened(JSON.parse(value)) : value)

/** What GitHub folds away stays folded: of files their names are enough. */
const folded = (summary: string): string =>
  summary.replaceAll(/(?<=<\/summary>\n)[\s\S]*?(?=<\/details>)/g, text => `\n${namesIn(text).join(', ')}\n\n`)
const namesIn = (text: string): string[] => [...text.matchAll(/^`[^`]+`$/gm)].map(([name]) => name)

const shortened = (value: { forms?: { file: string }[] }): unknown =>
  value.forms ? { ...value, forms: value.forms.map(({ file }) => file) } : value

/** What is worked on, or waited for, side by side ends in any order: the lines of each thing stay together, the things go by name. */
export function sideBySideInOrder(log: string): string {
  const blocks: { kind: string; subject: string; line: string }[][] = []
  for (const line of log.split('\n')) {
    const [, resource] = /^(?:[+~=.!]| ) ([A-Za-z]+ .+?): /.exec(line) ?? []
    const [, account] = /^Entra does not know the credential of (\S+)/.exec(line) ?? []
    const kind = resource ? 'work' : account ? 'wait' : 'alone'
    const entry = { kind, subject: resource ?? account ?? '', line }
    if (blocks.at(-1)?.[0]?.kind === kind) blocks.at(-1)?.push(entry)
    else blocks.push([entry])
  }
  return blocks
    .flatMap(block => block.toSorted((one, other) => compare(one.subject, other.subject)))
    .map(({ line }) => line)
    .join('\n')
}

/** Requests by where they went, each kind once with its count; `*` marks what changed something. */
function requestsOf(requests: LoggedRequest[], world: World): string {
  const counts = new Map<string, number>()
  for (const request of requests) {
    const row = `${placeOf(request, world)} | ${request.write ? '**' : ''}${request.method} ${pathOf(request)}${request.write ? '**' : ''} | ${request.status}`
    counts.set(row, (counts.get(row) ?? 0) + 1)
  }
  const rows = [...counts].map(([row, count]) => `| ${row} | ${count} |`).toSorted(compare)
  const writes = requests.filter(({ write }) => write).length
  return [
    `${requests.length} requests, ${writes} of them writes.`,
    '',
    '| to | request | answer | times |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function placeOf({ host }: LoggedRequest, world: World): string {
  const cluster = Object.values(world.clusters).find(({ arm }) =>
    [arm.properties.fqdn, arm.properties.privateFQDN].some(name => name && host.startsWith(name)),
  )
  if (cluster) return cluster.arm.name
  if (host.endsWith('.actions.githubusercontent.com')) return 'GitHub'
  return entraHosts.includes(host) ? 'Entra' : armHosts.includes(host) ? 'ARM' : host
}

/** The path without the ids and groups that an ARM request starts with, and without those of GitHub's job and of commands. */
const pathOf = ({ path }: LoggedRequest): string =>
  path
    .replace(/^\/subscriptions\/[^/]+\/(resourceGroups\/[^/]+\/providers\/[^/]+|providers\/[^/]+)\//i, '')
    .replace(/^\/subscriptions\/[^/]+\//i, '')
    .replace(/^.*\/idtoken\/.*$/, 'idtoken')
    .replace(/(?<=\/commandResults\/)[\da-f]+$/, '<id>')

const asYaml = (differences: Difference[]): string => {
  const resources = Map.groupBy(differences, ({ resource }) => resource)
  const tree = [...resources].map(([resource, fields]) => [
    resource,
    Object.fromEntries(
      fields.map(({ field, from, to }) => [
        field === '' ? (to === undefined ? 'removed' : 'made') : field,
        shown(field, from, to),
      ]),
    ),
  ])
  return stringify(Object.fromEntries(tree), { lineWidth: 0 })
}

const shown = (field: string, from: unknown, to: unknown): unknown => {
  if (field === '') return to ?? from
  return from === undefined ? { to } : to === undefined ? { from } : { from, to }
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
