import { type Call, unknown } from './arguments.ts'
import { pathOf, resourceOfType } from './discovery.ts'
import { printed } from './print.ts'
import { readFile, serverOf } from './server.ts'

const types: Record<string, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

/** `patch TYPE NAME --namespace NS --type json|merge|strategic --patch-file FILE --field-manager=X --output=json`. */
export async function patch(call: Call): Promise<void> {
  const { type = 'strategic', output, namespace = 'default', ...flags } = call.flags
  const [kind = '', name = ''] = call.operands.flatMap(operand => operand.split('/'))
  const body = readFile(flags['patch-file'] ?? '')
  if (output !== 'json' || !types[type]) throw unknown('patch without --output=json, --patch-file and a --type')
  const server = serverOf(call)
  const resource = await resourceOfType(server, kind)
  if (!resource) throw unknown(`the type ${kind}`)
  const path = pathOf(resource, namespace, name)
  await server.send('GET', path)
  const query = new URLSearchParams({ fieldManager: flags['field-manager'] ?? 'kubectl-patch' })
  process.stdout.write(printed(JSON.parse(await server.send('PATCH', `${path}?${query}`, body, types[type]))))
}
