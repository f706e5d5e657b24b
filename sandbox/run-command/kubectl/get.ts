import { type Call, unknown } from './arguments.ts'
import { pathOf, resourceOfType } from './discovery.ts'
import { Failure } from './failure.ts'
import { render } from './jsonpath.ts'
import { readFile, serverOf } from './server.ts'

/** As kubectl asks for a long list. */
const pageSize = 500

/** The one list template that it knows: names, and configs in quotation marks. */
const quotedConfigs =
  '{{range .items}}{{.metadata.name}}|{{with .data}}{{with .config}}{{printf "%q" (base64decode .)}}{{end}}{{end}}{{"\\n"}}{{end}}'

/**
 * `get TYPE --selector=S|--field-selector=F --namespace NS|--all-namespaces --output jsonpath-file=FILE|go-template-file=FILE`,
 * `get secret NAME --output go-template={{.data.config | base64decode}}`.
 */
export async function get(call: Call): Promise<void> {
  const [type = '', name] = call.operands
  const [format, template = ''] = (call.flags.output ?? '').split(/=(.*)/s)
  if (!name && format === 'jsonpath-file') {
    process.stdout.write(render(readFile(template), { items: await listed(call, type) }))
    return
  }
  if (!name && format === 'go-template-file') return quoted(call, type, readFile(template))
  if (type === 'secret' && name && format === 'go-template') return config(call, name, template)
  throw unknown(`get ${call.operands.join(' ')} --output ${call.flags.output}`)
}

interface Secret {
  metadata: { name: string }
  data?: { config?: string }
}

async function listed(call: Call, type: string): Promise<Secret[]> {
  const server = serverOf(call)
  const { namespace = 'default', 'all-namespaces': everywhere } = call.flags
  const resource = await resourceOfType(server, type)
  if (!resource) throw new Failure(`error: the server doesn't have a resource type "${type.split('.')[0]}"`)
  const path = pathOf(everywhere ? { ...resource, namespaced: false } : resource, namespace)
  const query = new URLSearchParams({ limit: String(pageSize) })
  if (call.flags.selector) query.set('labelSelector', call.flags.selector)
  if (call.flags['field-selector']) query.set('fieldSelector', call.flags['field-selector'])
  const items: Secret[] = []
  for (;;) {
    const page = JSON.parse(await server.send('GET', `${path}?${query}`))
    items.push(...page.items)
    if (!page.metadata.continue) return items
    query.set('continue', page.metadata.continue)
  }
}

/** Go quotes as JSON does, but for letters that nobody sees. */
async function quoted(call: Call, type: string, template: string): Promise<void> {
  if (template !== quotedConfigs) throw unknown(`the go-template ${template}`)
  for (const { metadata, data } of await listed(call, type)) {
    const text = data?.config ? JSON.stringify(Buffer.from(data.config, 'base64').toString()) : ''
    process.stdout.write(`${metadata.name}|${text}\n`)
  }
}

async function config(call: Call, name: string, template: string): Promise<void> {
  if (template !== '{{.data.config | base64decode}}') throw unknown(`the go-template ${template}`)
  const { namespace = 'default' } = call.flags
  const secret = JSON.parse(await serverOf(call).send('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`))
  if (secret.data?.config === undefined) {
    // The real one also prints the whole Secret then, in the clear, on standard output.
    process.stdout.write(`\traw data was:\n\t\t${JSON.stringify(secret)}\n`)
    throw new Failure(`error: error executing template ${JSON.stringify(template)}: invalid value; expected string`)
  }
  process.stdout.write(Buffer.from(secret.data.config, 'base64'))
}
