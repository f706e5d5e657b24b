import { fingerprint } from '../mark.ts'
import { Application, type Destination, type Kind, type KubernetesObject } from './cluster.ts'

/** kubectl's arguments and files for reading objects of one of Argo CD's kinds, and the objects that are built again from its answer. */
export interface ArgoCdReading {
  arguments: string[]
  files: Record<string, string>
  parse(text: string): KubernetesObject[]
}

/** Reads the objects of a kind in a namespace, or in all; of a hub's many Applications only those with a destination, whose names are short. */
export function readingOf(kind: Kind, namespace: string | undefined, destination: Destination): ArgoCdReading {
  const template = templateFor(kind, destination)
  const file = `${kind.plural}-${fingerprint(template)}`
  const [group] = kind.apiVersion.split('/')
  const where = namespace ? ['--namespace', namespace] : ['--all-namespaces']
  return {
    arguments: ['get', `${kind.plural}.${group}`, ...where, '--output', `jsonpath-file=${file}`],
    files: { [file]: template },
    parse: text =>
      text
        .split('\n')
        .filter(line => line !== '')
        .map(line => objectOf(kind, line)),
  }
}

const BEGIN = '{.metadata.namespace}{"|"}{.metadata.name}{"|"}{.metadata.ownerReferences}'
const DESTINATION = `${BEGIN}{"|{\\"destination\\":"}{.spec.destination}{"}\\n"}{end}`
const WHOLE = `{range .items[*]}${BEGIN}{"|"}{.spec}{"\\n"}{end}`

function templateFor(kind: Kind, { server, name }: Destination): string {
  if (kind !== Application) return WHOLE
  const filters = [
    ['server', server],
    ['server', `${server}/`],
    ['name', name],
  ] as const
  // A filter has no way to escape what ends it.
  return filters.every(([, value]) => /^[^"'\\{}()[\]@?]*$/.test(value))
    ? filters
        .map(([field, value]) => `{range .items[?(@.spec.destination.${field}=="${value}")]}${DESTINATION}`)
        .join('')
    : `{range .items[*]}${DESTINATION}`
}

/** kubectl prints what is no text as JSON, which has no line breaks. */
function objectOf({ apiVersion, kind }: Kind, line: string): KubernetesObject {
  const [, namespace = '', name = '', owners = '', spec = ''] =
    /^([^|]*)\|([^|]*)\|((?:\[.*?\])?)\|(.*)$/.exec(line) ?? []
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(owners && { ownerReferences: JSON.parse(owners) }) },
    spec: spec === '' || spec === '{"destination":}' ? {} : JSON.parse(spec),
  }
}
