/**
 * Reduces OpenAPI documents of Azure to what the contract with ARM is checked by (__tests__/arm-contract/README.md): the operations that the
 * sandbox plays and the shapes they are made of, without prose. The documents have to be self-contained.
 *
 *     node scripts/azure-specs.ts FOLDER
 */
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

type Json = null | boolean | number | string | Json[] | Fields
type Fields = { [name: string]: Json }

const [source] = process.argv.slice(2)
if (!source) throw new Error('Which folder do the documents lie in?')
const root = join(import.meta.dirname, '..')
const target = join(root, '__tests__/arm-contract/specs')

const played = [
  /^ManagedClusters_(Get|CreateOrUpdate|List|ListByResourceGroup|ListCluster(User|Admin)Credentials|RunCommand|GetCommandResult)$/,
  /^UserAssignedIdentities_(Get|CreateOrUpdate|Update|Delete|ListByResourceGroup|ListBySubscription)$/,
  /^FederatedIdentityCredentials_(Get|CreateOrUpdate|Delete|List)$/,
  /^RoleAssignments_(Get|Create|Delete|ListFor\w+)$/,
  /^RoleDefinitions_(Get|List)$/,
  /^Permissions_ListFor\w+$/,
  /^Resources$/,
]

/** Words for people, and examples. */
const prose = ['description', 'summary', 'title', 'tags', 'externalDocs', 'x-ms-examples']
/** Where names are those of the API itself, and `description` is no prose. */
const namesOfTheApi = ['paths', 'properties', 'definitions', 'parameters', 'responses']

for (const file of globSync('**/*.json', { cwd: source, exclude: ['**/examples/**'] }).sort()) {
  const document = reduced(JSON.parse(readFileSync(join(source, file), 'utf8')))
  if (Object.keys(document.paths as Fields).length === 0) continue
  mkdirSync(dirname(join(target, file)), { recursive: true })
  writeFileSync(join(target, file), `${JSON.stringify(document, null, 2)}\n`)
  console.log(file)
}
execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', target])

function reduced(document: Fields): Fields {
  const { title, version } = document.info as Fields
  const paths = atAnyScope(withoutProse(playedOf(document.paths as Fields), 'paths') as Fields)
  const kept: Fields = { swagger: '2.0', info: { title: title!, version: version! } }
  for (const name of ['host', 'schemes', 'consumes', 'produces']) kept[name] = document[name]!
  return { ...kept, paths, ...referredTo(paths, document) }
}

function playedOf(paths: Fields): Fields {
  const operations = Object.entries(paths).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(item as Fields).filter(([, operation]) => {
        const { operationId = '' } = operation as { operationId?: string }
        return played.some(name => name.test(operationId))
      }),
    ),
  ])
  return Object.fromEntries(operations.filter(([, item]) => Object.keys(item as Fields).length > 0))
}

/** The documents have the permissions on resource groups, and on resources by a path that no client sends. ARM answers for any scope. */
function atAnyScope(paths: Fields): Fields {
  const permissions = '/providers/Microsoft.Authorization/permissions'
  const ofResourceGroup = paths[`/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}${permissions}`]
  if (!ofResourceGroup) return paths
  const { get } = ofResourceGroup as { get: Fields & { parameters: Fields[] } }
  const scope = { name: 'scope', in: 'path', required: true, type: 'string', 'x-ms-skip-url-encoding': true }
  const parameters = [scope, ...get.parameters.filter(({ name }) => name === 'api-version')]
  return {
    ...paths,
    [`/{scope}${permissions}`]: { get: { ...get, operationId: 'Permissions_ListForScope', parameters } },
  }
}

function withoutProse(value: Json, name: string): Json {
  if (Array.isArray(value)) return value.map(entry => withoutProse(entry, ''))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([field]) => namesOfTheApi.includes(name) || !prose.includes(field))
  // What a name of the API stands for is a shape, whatever it is called.
  const nameOf = (field: string) => (namesOfTheApi.includes(name) ? '' : field)
  return Object.fromEntries(fields.map(([field, child]) => [field, withoutProse(child, nameOf(field))]))
}

/** The definitions and parameters that are referred to, by whatever is referred to. */
function referredTo(root: Json, document: Fields): { definitions: Fields; parameters: Fields } {
  const found = { definitions: {} as Fields, parameters: {} as Fields }
  const open = [root]
  for (const value of open) {
    for (const [, kind, name] of JSON.stringify(value).matchAll(/"#\/(definitions|parameters)\/([^"]+)"/g)) {
      const collection = found[kind as keyof typeof found]
      if (collection[name!]) continue
      collection[name!] = withoutProse((document[kind!] as Fields)[name!]!, '')
      open.push(collection[name!]!)
    }
  }
  return found
}
