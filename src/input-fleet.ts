import { isMap, isSeq, LineCounter, parseDocument } from 'yaml'
import type { ManagedClusterId } from './azure/resource-id.ts'
import * as forms from './input-forms.ts'
import type { InputSheet } from './input-sheet.ts'

/** Several targets, as the user names them. */
export type Selection = Listed | Tagged

/** Those that stand in `targets`. */
export interface Listed {
  readonly kind: 'listed'
  readonly entries: readonly Entry[]
}

/** Those that carry a tag. */
export interface Tagged {
  readonly kind: 'tagged'
  readonly key: string
  /** Any value where none is given. */
  readonly value?: string
  /** GUIDs, or all that the caller can read. */
  readonly subscriptions: readonly string[] | 'all'
}

/** One target of `targets`. */
export interface Entry {
  readonly cluster: PlacedReference
  /** Where it stands: `line 3`, `item 3`. */
  readonly where: string
  /** Inputs that are otherwise for this target than for the others. */
  readonly overrides: Readonly<Record<string, string>>
}

/** A reference whose subscription may also be told by its name. */
export interface PlacedReference extends forms.Reference {
  readonly subscriptionName?: string
}

/** The inputs that an item of `targets` may set for itself. */
export const overridable = [
  'identity',
  'identity-client-id',
  'identity-principal-id',
  'target-access',
  'name',
  'secret-name',
  'server',
  'server-fqdn',
  'tls-server-name',
  'labels',
  'annotations',
  'tag-labels',
  'project',
  'namespaces',
  'cluster-resources',
  'shard',
  'proxy-url',
  'grant',
  'target-role',
  'allow',
]

/** An AKS cluster, also in a subscription that is named. The last two slashes part what a subscription's name may hold. */
const listedCluster: forms.Form<PlacedReference> = {
  expected: `${forms.managedCluster.expected}, or as \`subscription/resource-group/name\``,
  parse: text => {
    const plain = forms.managedCluster.parse(text)
    const [, subscription = '', short = ''] = /^([^/].*?)\s*\/([^/]+\/[^/]+)$/.exec(text) ?? []
    const reference = forms.managedCluster.parse(short)
    if (plain || !subscription || !reference) return plain
    const subscriptionId = forms.guid.parse(subscription)
    return { ...reference, subscriptionId, ...(subscriptionId ? {} : { subscriptionName: subscription }) }
  },
}

/** `key` or `key=value`. */
const tag: forms.Form<{ key: string; value?: string }> = {
  expected: `\`key\` or \`key=value\`, ${forms.azureTag.expected}`,
  parse: text => {
    const [, key = '', value] = /^([^=]+?)(?:\s*=\s*(.*))?$/.exec(text) ?? []
    if (!forms.azureTag.isKey(key) || !forms.azureTag.isValue(value ?? '')) return undefined
    return value === undefined ? { key } : { key, value }
  },
}

const allSubscriptions: forms.Form<readonly string[] | 'all'> = {
  expected: `\`all\`, or a list of GUIDs, parted by commas or lines`,
  parse: text => (text === 'all' ? 'all' : forms.listOf(forms.guid).parse(text)),
}

/** Reads which targets are meant, where it is not a single one; what is wrong has been noted. */
export function readSelection(sheet: InputSheet): Selection | undefined {
  const tagged = sheet.read('target-tag', tag)
  const subscriptions = sheet.read('subscriptions', allSubscriptions)
  if (sheet.isSet('subscriptions') && sheet.text('target-tag') === '')
    sheet.fault(
      'subscriptions',
      'has a meaning only with `target-tag`: it says where to look for the tag',
      'Set `target-tag` in `with:` of the step as well, or remove `subscriptions`.',
    )
  if (sheet.text('targets') !== '') return readListed(sheet)
  if (!tagged) return undefined
  if (subscriptions) return { kind: 'tagged', ...tagged, subscriptions }
  const own = sheet.require(
    'subscription-id',
    forms.guid,
    'it is where `target-tag` is looked for, as no `subscriptions` are given',
  )
  return own === undefined ? undefined : { kind: 'tagged', ...tagged, subscriptions: [own] }
}

/** Mode hub prepares one cluster, whatever is onboarded later. */
export function refuseSelection(sheet: InputSheet, mode: string): undefined {
  for (const input of ['targets', 'target-tag', 'subscriptions'].filter(sheet.isSet))
    sheet.fault(
      input,
      `belongs to the modes \`target\` and \`discover\`, and this step has mode \`${mode}\``,
      'Remove it from `with:` of the step.',
    )
}

/** Tells whether a reference says in which subscription it is. */
export const isPlaced = ({ subscriptionId, subscriptionName }: PlacedReference): boolean =>
  subscriptionId !== undefined || subscriptionName !== undefined

/** What is wrong with the hub as a target, and what to do. */
export const isTheHub = [
  'is the hub itself',
  'Argo CD knows the cluster that it runs on as `in-cluster`: Applications name that as their destination.',
] as const

/** Inputs that are about one cluster, so that several cannot have them in common. */
const ofOneAlone = ['secret-name', 'server']

/** Holds the targets of a selection against each other, as far as they are known before Azure is asked. */
export function checkSelection(
  sheet: InputSheet,
  selection: Selection,
  hub: ManagedClusterId | undefined,
  subscriptionId: string | undefined,
): void {
  const entries = selection.kind === 'listed' ? selection.entries : []
  const seen = new Map<string, Entry>()
  for (const entry of entries) {
    const { cluster, where } = entry
    const subscription = cluster.subscriptionName ?? cluster.subscriptionId ?? subscriptionId
    const key = `${subscription}/${cluster.resourceGroup}/${cluster.name}`.toLowerCase()
    const before = seen.get(key)
    if (before) sheet.fault('targets', `${where} names the cluster of ${before.where} again`, 'Remove one of them.')
    seen.set(key, entry)
    if (hub && key === `${hub.subscriptionId}/${hub.resourceGroup}/${hub.name}`.toLowerCase())
      sheet.fault('targets', `${where} ${isTheHub[0]}`, isTheHub[1])
  }
  if (selection.kind === 'listed' && entries.length === 1) return
  for (const input of ofOneAlone.filter(sheet.isSet))
    sheet.fault(
      input,
      'is for one cluster alone, and several are named',
      'Set it for that cluster, in an item of `targets`, or remove it.',
    )
  const name = sheet.written('name')
  if (name !== '' && !name.includes('{'))
    sheet.fault(
      'name',
      'would give several clusters one name',
      'Put a placeholder into it, such as `{resource-group}-{name}`, or name each in an item of `targets`.',
    )
}

/** A line for each target, or YAML. No resource group begins with a dash and a blank. */
function readListed(sheet: InputSheet): Listed | undefined {
  const text = sheet.text('targets')
  const entries = /^(- |-\n|\[|#)/.test(text) ? fromYaml(sheet, text) : fromLines(sheet, text)
  return entries && { kind: 'listed', entries }
}

function fromLines(sheet: InputSheet, text: string): Entry[] {
  return text.split('\n').flatMap((line, index) => {
    const where = `line ${index + 1}`
    const reference = line.replace(/(^|\s)#.*/, '').trim()
    const cluster = reference === '' ? undefined : readCluster(sheet, where, reference)
    return cluster ? [{ cluster, where, overrides: {} }] : []
  })
}

function fromYaml(sheet: InputSheet, text: string): Entry[] | undefined {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const { line } = lines.linePos(error.pos[0])
    return sheet.fault('targets', `is no YAML: line ${line}: ${error.message}`, YAML_FORM)
  }
  if (!isSeq(document.contents)) return sheet.fault('targets', 'is YAML, but no list', YAML_FORM)
  return document.contents.items.flatMap((item, index) => {
    const where = `item ${index + 1}`
    const value = (item as { toJSON(): unknown }).toJSON()
    if (typeof value === 'string') return entryOf(sheet, where, { [CLUSTER]: value })
    return isMap(item) ? entryOf(sheet, where, value as Record<string, unknown>) : (faulty(sheet, where, value) ?? [])
  })
}

const CLUSTER = 'target-cluster'
const YAML_FORM =
  'Write a list whose items are references, or have `target-cluster` and whatever input is otherwise for it.'

function faulty(sheet: InputSheet, where: string, value: unknown): undefined {
  return sheet.fault('targets', `${where} is ${JSON.stringify(value)}`, YAML_FORM)
}

function entryOf(sheet: InputSheet, where: string, item: Record<string, unknown>): Entry[] {
  const { [CLUSTER]: reference, ...rest } = item
  const overrides: Record<string, string> = {}
  for (const [input, value] of Object.entries(rest)) {
    const text = textOf(value)
    if (!overridable.includes(input) || text === undefined) faultyOverride(sheet, where, input)
    else overrides[input] = text
  }
  if (typeof reference !== 'string') {
    sheet.fault('targets', `${where} has no \`${CLUSTER}\``, YAML_FORM)
    return []
  }
  const cluster = readCluster(sheet, where, reference.trim())
  return cluster ? [{ cluster, where, overrides }] : []
}

function faultyOverride(sheet: InputSheet, where: string, input: string): void {
  if (!overridable.includes(input))
    sheet.fault(
      'targets',
      `${where} sets \`${input}\`, which is no input that can be otherwise for one target`,
      `These can: ${overridable.map(name => `\`${name}\``).join(', ')}.`,
    )
  else sheet.fault('targets', `${where} sets \`${input}\` to something that is neither text nor a list or map of it`)
}

function readCluster(sheet: InputSheet, where: string, text: string): PlacedReference | undefined {
  return (
    listedCluster.parse(text) ??
    sheet.fault('targets', `${where} is ${JSON.stringify(text)}; expected ${listedCluster.expected}`)
  )
}

/** What would stand in the input: a list has a line for each item, a map one for each pair. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return joined(value.map(scalar))
  if (typeof value === 'object' && value !== null)
    return joined(
      Object.entries(value).map(([key, item]) => (scalar(item) === undefined ? undefined : `${key}=${item}`)),
    )
  return scalar(value)
}

const scalar = (value: unknown): string | undefined => {
  if (value === null) return ''
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
}

const joined = (lines: (string | undefined)[]): string | undefined =>
  lines.every(line => line !== undefined) ? lines.join('\n') : undefined
