import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Message } from '../protobuf.ts'
import type { Schema } from '../schema.ts'

/** Field numbers of the learned definitions, out of the .proto files of the Go modules that control-plane/ builds with. */
export function messagesOf({ definitions }: Schema): Record<string, Message> {
  const declared = declarations(Object.keys(definitions))
  const message = (name: string, fields: object): Message =>
    Object.fromEntries(
      [...(declared.get(name) ?? [])].map(({ number, field, type }) => {
        // What JSON does not know by this name is a message whose fields it has in line.
        return [number, field in fields || !declared.has(type) ? field : message(type, fields)]
      }),
    )
  return Object.fromEntries(Object.entries(definitions).map(([name, { fields }]) => [name, message(name, fields)]))
}

interface Declared {
  number: string
  field: string
  /** The name of a message as the schema has it: `core.v1.VolumeSource`. */
  type: string
}

function declarations(names: string[]): Map<string, Declared[]> {
  const packages = new Set(names.map(name => name.split('.').slice(0, -1).join('.')))
  return new Map([...packages].flatMap(name => [...messagesIn(name)]))
}

function* messagesIn(name: string): Generator<[string, Declared[]]> {
  const [group] = name.split('.')
  const place = group === 'meta' ? ['k8s.io/apimachinery', 'pkg/apis/meta/v1'] : ['k8s.io/api', name.replace('.', '/')]
  const source = readFileSync(`${moduleFolder(place[0]!)}/${place[1]}/generated.proto`, 'utf8')
  for (const [, message, body] of source.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)) {
    const fields = [
      ...body!.matchAll(/^ {2}(?:optional|repeated) (\S+) (\w+) = (\d+);|^ {2}map<\w+, (\S+)> (\w+) = (\d+);/gm),
    ]
    yield [
      `${name}.${message}`,
      fields.map(([, type = '', field = '', number = '', ofMap = '', map = '', mapNumber = '']) => ({
        number: number || mapNumber,
        field: field || map,
        type: shortName(type || ofMap, name),
      })),
    ]
  }
}

const shortName = (type: string, inPackage: string): string =>
  type.startsWith('.') ? type.replace(/^\.k8s\.io\.(api|apimachinery\.pkg\.apis)\./, '') : `${inPackage}.${type}`

const moduleFolder = (module: string): string =>
  execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: 'control-plane', encoding: 'utf8' }).trim()
