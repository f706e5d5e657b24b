import { type Call, unknown } from './arguments.ts'
import { Failure } from './failure.ts'
import { render } from './jsonpath.ts'
import { readFile, serverOf } from './server.ts'

/** As kubectl asks for a long list. */
const pageSize = 500

/** `get secrets --selector=S|--field-selector=F --output jsonpath-file=FILE`, `get secret NAME --output go-template={{.data.config | base64decode}}`. */
export async function getSecrets(call: Call): Promise<void> {
  const [type, name] = call.operands
  const [format, template = ''] = (call.flags.output ?? '').split(/=(.*)/s)
  if (type === 'secrets' && !name && format === 'jsonpath-file') return list(call, readFile(template))
  if (type === 'secret' && name && format === 'go-template') return config(call, name, template)
  throw unknown(`get ${call.operands.join(' ')} --output ${call.flags.output}`)
}

const secretsIn = ({ flags: { namespace = 'default' } }: Call): string => `/api/v1/namespaces/${namespace}/secrets`

async function list(call: Call, template: string): Promise<void> {
  const server = serverOf(call)
  const query = new URLSearchParams({ limit: String(pageSize) })
  if (call.flags.selector) query.set('labelSelector', call.flags.selector)
  if (call.flags['field-selector']) query.set('fieldSelector', call.flags['field-selector'])
  const items: object[] = []
  for (;;) {
    const page = JSON.parse(await server.send('GET', `${secretsIn(call)}?${query}`))
    items.push(...page.items)
    if (!page.metadata.continue) break
    query.set('continue', page.metadata.continue)
  }
  process.stdout.write(render(template, { items }))
}

async function config(call: Call, name: string, template: string): Promise<void> {
  if (template !== '{{.data.config | base64decode}}') throw unknown(`the go-template ${template}`)
  const secret = JSON.parse(await serverOf(call).send('GET', `${secretsIn(call)}/${name}`))
  if (secret.data?.config === undefined) {
    // The real one also prints the whole Secret then, in the clear, on standard output.
    process.stdout.write(`\traw data was:\n\t\t${JSON.stringify(secret)}\n`)
    throw new Failure(`error: error executing template ${JSON.stringify(template)}: invalid value; expected string`)
  }
  process.stdout.write(Buffer.from(secret.data.config, 'base64'))
}
