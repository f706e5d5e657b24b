/** The formats of names and keys; each rule returns what is wrong, in the words of apimachinery's validation package. */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const qualifiedMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

export function dnsLabel(value: string): string[] {
  const message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
  if (value.includes('.')) return [...atMost(value, 63, 'characters'), 'must not contain dots']
  return [...atMost(value, 63, 'characters'), ...mustMatch(value, label, message, ['my-name', '123-abc'])]
}

export function dnsSubdomain(value: string): string[] {
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
  return [...atMost(value, 253, 'characters'), ...mustMatch(value, subdomain, message, ['example.com'])]
}

/** What may stand in a URL: the rule for names of roles and bindings. */
export function pathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter(part => value.includes(part)).map(part => `may not contain '${part}'`)
}

/** Keys of labels and annotations, finalizers: an optional domain, a slash, a name. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/')
  const examples = ['MyName', 'my.name', '123-abc']
  if (parts.length > 2) {
    const message = mustMatch(value, `^$`, `a valid label key ${qualifiedMessage}`, examples)[0]!.replace(
      "'^$'",
      `'${qualified}'`,
    )
    return [`${message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const name = parts.at(-1)!
  const prefix = parts.length === 2 ? parts[0]! : undefined
  const inPrefix = prefix === undefined ? [] : prefix === '' ? ['must be non-empty'] : dnsSubdomain(prefix)
  const inName =
    name === ''
      ? ['must be non-empty', ...mustMatch(name, qualified, qualifiedMessage, examples)]
      : [...atMost(name, 63, 'bytes'), ...mustMatch(name, qualified, qualifiedMessage, examples)]
  return [...inPrefix.map(fault => `prefix part ${fault}`), ...inName.map(fault => `name part ${fault}`)]
}

export function labelValue(value: string): string[] {
  const message =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return [
    ...atMost(value, 63, 'bytes'),
    ...mustMatch(value, `(${qualified})?`, message, ['MyValue', 'my_value', '12345']),
  ]
}

/** Keys of ConfigMaps and Secrets. */
export function configKey(value: string): string[] {
  const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
  const examples = ['key.name', 'KEY_NAME', 'key-name']
  return [
    ...atMost(value, 253, 'characters'),
    ...mustMatch(value, '[-._a-zA-Z0-9]+', message, examples),
    ...pathSteps(value),
  ]
}

const pathSteps = (value: string): string[] => {
  if (value === '.') return ["must not be '.'"]
  if (value === '..') return ["must not be '..'"]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}

export function portName(value: string): string[] {
  return [
    ...(value.length > 15 ? ['must be no more than 15 characters'] : []),
    ...(/[^-a-zA-Z0-9]/.test(value) ? ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'] : []),
    ...(/[a-zA-Z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
    ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(/^-|-$/.test(value) ? ['must not begin or end with a hyphen'] : []),
  ]
}

export const portNumber = (value: number): string[] =>
  value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive']

export const percentage = (value: string): string[] =>
  mustMatch(value, '[0-9]+%', "a valid percent string must be a numeric string followed by an ending '%'", [
    '1%',
    '93%',
  ])

const atMost = (value: string, limit: number, unit: 'bytes' | 'characters'): string[] =>
  Buffer.byteLength(value) > limit ? [`must be no more than ${limit} ${unit}`] : []

function mustMatch(value: string, pattern: string, message: string, examples: string[]): string[] {
  if (new RegExp(`^(?:${pattern})$`).test(value)) return []
  const shown = examples.map(example => `'${example}'`).join(',  or ')
  return [`${message} (e.g. ${shown}, regex used for validation is '${pattern}')`]
}
