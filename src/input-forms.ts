import { managedClusters, parseResourceId, userAssignedIdentities } from './azure/resource-id.ts'
import { HUB_TAG } from './mark.ts'

/** How the text of an input has to look. */
export interface Form<T> {
  /** The form in words, to follow "expected". */
  readonly expected: string
  /** The value that the text stands for; undefined where it is not of this form. */
  parse(text: string): T | undefined
}

/** Where an input points: a whole ARM id, or a name in a resource group whose subscription is told elsewhere. */
export interface Reference {
  readonly subscriptionId: string | undefined
  readonly resourceGroup: string
  readonly name: string
}

/** The booleans of YAML 1.2, as the runner's toolkit reads them. */
export const boolean: Form<boolean> = {
  expected: '`true` or `false`',
  parse: text => (/^(true|True|TRUE)$/.test(text) ? true : /^(false|False|FALSE)$/.test(text) ? false : undefined),
}

/** A GUID, in lower case as Entra writes it into tokens. */
export const guid: Form<string> = {
  expected: 'a GUID such as 01234567-89ab-cdef-0123-456789abcdef',
  parse: text => (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text.toLowerCase() : undefined),
}

/** A namespace. */
export const dnsLabel: Form<string> = {
  expected: 'a DNS label: at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends',
  parse: text => (isDnsLabel(text) ? text : undefined),
}

/** The name of most Kubernetes objects: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const dnsSubdomain: Form<string> = {
  expected:
    'a DNS name: at most 253 lower-case letters, digits, `-` and `.`, with a letter or digit at both ends of every part',
  parse: text =>
    text.length <= 253 && /^[^.]+(\.[^.]+)*$/.test(text) && text.split('.').every(isDnsPart) ? text : undefined,
}

/** The name of a ClusterRole, which may hold colons and capitals: anything that can stand in a request path. */
export const pathSegment: Form<string> = {
  expected: 'the name of a ClusterRole, without `/`, `%`, blanks or control characters',
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out
  parse: text => (/^[^/%\s\u0000-\u001f\u007f]+$/.test(text) && text !== '.' && text !== '..' ? text : undefined),
}

/** Argo CD's display name of a cluster. `in-cluster` is Argo CD's own, for the cluster that it runs on. */
export const displayName: Form<string> = {
  expected:
    'one line of at most 253 characters without braces, and not `in-cluster`, which is how Argo CD calls the cluster that it runs on',
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out
  parse: text => (/^[^{}\u0000-\u001f\u007f]{1,253}$/.test(text) && text !== 'in-cluster' ? text : undefined),
}

/** The same before its placeholders are filled in from the cluster: `{name}`, `{resource-group}`, `{subscription}`, `{location}`, `{tag:KEY}`. */
export const nameTemplate: Form<string> = {
  expected: `${displayName.expected}; \`{name}\`, \`{resource-group}\`, \`{subscription}\`, \`{location}\` and \`{tag:KEY}\` may stand in it`,
  parse: text => {
    const placeholder = /\{(name|resource-group|subscription|location|tag:[^{}]+)\}/g
    return displayName.parse(text.replaceAll(placeholder, 'x')) && text
  },
}

/** Anything that fits on a line. */
export const oneLine: Form<string> = {
  expected: 'one line',
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out
  parse: text => (/^[^\u0000-\u001f\u007f]{1,512}$/.test(text) ? text : undefined),
}

/** A whole number within bounds. */
export const wholeNumber = (least: number, most: number): Form<number> => ({
  expected: `a whole number from ${least} to ${most}`,
  parse: text => (/^\d{1,9}$/.test(text) && least <= Number(text) && Number(text) <= most ? Number(text) : undefined),
})

/** A shard of Argo CD's application controller, counted from 0. */
export const shard: Form<number> = {
  expected: 'a whole number from 0',
  parse: text => (/^\d{1,4}$/.test(text) ? Number(text) : undefined),
}

/** An address without anything that could be a secret: no user, no password, no query. */
export const url = (...protocols: string[]): Form<string> => ({
  expected: `a URL that begins with ${inWords(protocols.map(protocol => `${protocol}//`))}, without user, password or query`,
  parse: text => {
    const parsed = URL.parse(text)
    const isPlain = parsed && parsed.hostname !== '' && !/[\s@?#]/.test(text)
    return isPlain && protocols.includes(parsed.protocol) ? text.replace(/\/+$/, '') : undefined
  },
})

/** A name that a certificate may hold. */
export const hostName: Form<string> = { ...dnsSubdomain, parse: text => dnsSubdomain.parse(text.toLowerCase()) }

/** Several of one form, parted by commas or lines. */
export const listOf = <T>(form: Form<T>): Form<T[]> => ({
  expected: `a list, parted by commas or lines, each item ${form.expected}`,
  parse: text => {
    const items = text.split(/[\n,]/).map(item => item.trim())
    const parsed = items.filter(item => item !== '').map(item => form.parse(item))
    return parsed.every(item => item !== undefined) ? [...new Set(parsed)] : undefined
  },
})

/** What may stand on the two sides of an equals sign. */
export interface Pair {
  readonly expected: string
  isKey(text: string): boolean
  isValue(text: string): boolean
}

/** A line for each pair; a key that stands twice is wrong. */
export const keyValues = ({ expected, isKey, isValue }: Pair): Form<Record<string, string>> => ({
  expected: `lines of \`key=value\`, each key once, ${expected}`,
  parse: text => {
    const lines = text.split('\n').map(line => line.trim())
    const pairs = lines.filter(line => line !== '').map(line => /^([^=]+?)\s*=\s*(.*)$/.exec(line)?.slice(1))
    const right = pairs.every(pair => pair && isKey(pair[0]!) && isValue(pair[1]!))
    const keys = new Set(pairs.map(pair => pair?.[0]))
    return right && keys.size === pairs.length ? Object.fromEntries(pairs as [string, string][]) : undefined
  },
})

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
export const azureTag: Pair = {
  expected:
    'as Azure takes tags: a key of at most 512 characters without `<`, `>`, `%`, `&`, `\\`, `?` and `/`, a value of at most 256; `argo-aks-onboard` is our mark',
  isKey: text => /^[^<>%&\\?/]{1,512}$/.test(text) && text.toLowerCase() !== HUB_TAG,
  isValue: text => text.length <= 256,
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export const label: Pair = {
  expected:
    'as Kubernetes takes labels: at most 63 letters, digits, `-`, `_` and `.`, the key perhaps after a DNS name and `/`',
  isKey: isQualifiedName,
  isValue: text => text === '' || isLabelPart(text),
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set */
export const annotation: Pair = {
  expected:
    'the keys as Kubernetes takes them: at most 63 letters, digits, `-`, `_` and `.`, perhaps after a DNS name and `/`',
  isKey: isQualifiedName,
  isValue: () => true,
}

/** One of a few words. */
export const oneOf = <Word extends string>(words: readonly Word[]): Form<Word> => ({
  expected: inWords(words),
  parse: text => words.find(word => word === text),
})

/** Some of a few words, parted by commas, blanks or lines. */
export const someOf = <Word extends string>(words: readonly Word[]): Form<ReadonlySet<Word>> => ({
  expected: `a list of ${inWords(words)}`,
  parse: text => {
    const named = text.split(/[\s,]+/).filter(word => word !== '')
    const known = words.filter(word => named.includes(word))
    return named.every(word => known.some(other => other === word)) ? new Set(known) : undefined
  },
})

/** A resource of one type, as ARM id or as `resource-group/name`. `called` is the type in words, `nameForm` Azure's rule for its names. */
export function reference(type: string, called: string, nameForm: RegExp): Form<Reference> {
  return {
    expected: `${called} as \`resource-group/name\` or as ARM id (\`/subscriptions/<GUID>/resourceGroups/<name>/providers/${type}/<name>\`)`,
    parse: text => {
      const found = text.startsWith('/') ? fromArmId(text, type) : fromShortForm(text)
      return found && isResourceGroup(found.resourceGroup) && nameForm.test(found.name) ? found : undefined
    },
  }
}

// Names: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
export const managedCluster = reference(managedClusters, 'an AKS cluster', /^[a-z\d]([\w-]{0,61}[a-z\d])?$/i)
export const managedIdentity = reference(
  userAssignedIdentities,
  'a user-assigned managed identity',
  /^[a-z\d][\w-]{2,127}$/i,
)

function fromArmId(text: string, type: string): Reference | undefined {
  const id = parseResourceId(text)
  const subscriptionId = id && guid.parse(id.subscriptionId)
  if (!id || !subscriptionId || id.type.toLowerCase() !== type.toLowerCase()) return undefined
  return { subscriptionId, resourceGroup: id.resourceGroup, name: id.name }
}

function fromShortForm(text: string): Reference | undefined {
  const [resourceGroup, name, ...more] = text.split('/')
  return resourceGroup && name && more.length === 0 ? { subscriptionId: undefined, resourceGroup, name } : undefined
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources */
const isResourceGroup = (text: string): boolean => /^[\p{L}\p{N}_().-]{1,90}$/u.test(text) && !text.endsWith('.')

function isQualifiedName(text: string): boolean {
  const [name = '', prefix, ...more] = text.split('/').reverse()
  return isLabelPart(name) && more.length === 0 && (prefix === undefined || dnsSubdomain.parse(prefix) !== undefined)
}

const isLabelPart = (text: string): boolean => /^[a-z\d]([\w.-]{0,61}[a-z\d])?$/i.test(text)

const isDnsLabel = (text: string): boolean => text.length <= 63 && isDnsPart(text)

const isDnsPart = (text: string): boolean => /^[a-z\d]([a-z\d-]*[a-z\d])?$/.test(text)

/** "`a`, `b` or `c`". */
const inWords = (words: readonly string[]): string =>
  words
    .map(word => `\`${word}\``)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1')
